"""Snapshots of supervised processes, from their supervisor."""

from collections.abc import Iterable
from datetime import datetime

from utils.supervision import ProcessStatus
from utils.telemetry.process import ProcessSnapshot


def snapshots_of(
    supervisor: str, statuses: Iterable[ProcessStatus], now: datetime
) -> list[ProcessSnapshot]:
    """Return a supervisor's snapshots of its processes, for the store."""
    return [
        ProcessSnapshot(
            process=status.name,
            supervisor=supervisor,
            state=str(status.state),
            since=status.since,
            reported_at=now,
            pid=status.pid,
            restarts=status.restarts,
            last_exit_code=status.last_exit_code,
        )
        for status in statuses
    ]
