"""Process reports by the process itself, and snapshots by its supervisor."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from utils.supervision.ports import ProcessState, ProcessStatus
from utils.telemetry.sample import Sample, samples_of

_MAX_SUBJECT = 200


class ProcessReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one process reports of itself every few seconds. Times are aware UTC.

    `cpu_percent` is of one core since the previous report; `loop_lag_ms` the worst lag of its loop
    since then, None without a loop. `queues` hold the length of each queue; `metrics` are its other
    metrics. `last_error` holds no secret.
    """

    process: str
    pid: int
    started_at: datetime
    reported_at: datetime
    cpu_percent: float
    rss_bytes: int
    loop_lag_ms: float | None = None
    queues: dict[str, int] = {}
    metrics: dict[str, float] = {}
    last_error: str = ""
    last_error_at: datetime | None = None

    @property
    def uptime_s(self) -> float:
        """Return its uptime when it reported."""
        return (self.reported_at - self.started_at).total_seconds()


class ProcessSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A supervisor's view of one of its processes. `state` is a ProcessState."""

    process: str
    supervisor: str
    state: str
    since: datetime
    reported_at: datetime
    pid: int | None = None
    restarts: int = 0
    last_exit_code: int | None = None


class ProcessRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one process: its report, its supervisor's snapshot, or both."""

    process: str
    report: ProcessReport | None = None
    snapshot: ProcessSnapshot | None = None


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


def subject_of(process: str) -> str:
    """Return the subject of a process's metrics."""
    return f"process:{process}"


def report_samples(report: ProcessReport) -> tuple[Sample, ...]:
    """Return the metrics of a report."""
    queues = {f"queue_{name}": depth for name, depth in report.queues.items()}
    metrics: dict[str, float | None] = {
        "uptime_s": report.uptime_s,
        "cpu_percent": report.cpu_percent,
        "rss_bytes": report.rss_bytes,
        "loop_lag_ms": report.loop_lag_ms,
        **queues,
        **report.metrics,
    }
    return samples_of(subject_of(report.process), report.reported_at, metrics)


ITEM = "item"
FAILING = "failing"


def failure_samples(process: str, item: str, at: datetime, value: float) -> tuple[Sample, ...]:
    """Return whether an item of a process fails: 1 while it does, 0 when it works again."""
    return samples_of(f"{ITEM}:{process}: {item}"[:_MAX_SUBJECT], at, {FAILING: value})


def snapshot_samples(snapshot: ProcessSnapshot) -> tuple[Sample, ...]:
    """Return the metrics of a snapshot. `down`: it ended and is to be restarted."""
    metrics = {
        "down": float(snapshot.state == ProcessState.WAITING and snapshot.restarts > 0),
        "given_up": float(snapshot.state == ProcessState.FAILED),
        "restarts": float(snapshot.restarts),
    }
    return samples_of(subject_of(snapshot.process), snapshot.reported_at, metrics)
