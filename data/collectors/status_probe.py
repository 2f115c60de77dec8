"""Health probe of collectors, by their last status."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from data.ports import CollectorStatusRepository
from data.status import CollectorState, CollectorStatus, StreamState, StreamStatus
from utils.clock import Clock
from utils.probes import HealthFinding, Probe

# Collectors report every two seconds, and within seconds of any event.
FRESH_FOR = timedelta(seconds=15)
_WATCHED_FOR_S = 6.0


def silences(
    collectors: CollectorStatusRepository, clock: Clock, fresh_for: timedelta
) -> dict[str, timedelta]:
    """Return how long each silent collector has not reported; reporting ones are left out.

    The clock may have been set since a report: a status that does not seem fresh is observed for
    some seconds, and counts as reporting if a new one arrives. Raises repository errors.
    """
    first = {
        status.name: status.reported_at
        for status in collectors.all()
        if status.state is not CollectorState.STOPPED
    }
    now, began_s = clock.now(), clock.monotonic_s()
    silent = {name: now - reported for name, reported in first.items()}
    silent = {name: age for name, age in silent.items() if not timedelta(0) <= age <= fresh_for}
    while silent and clock.monotonic_s() - began_s < _WATCHED_FOR_S:
        clock.pause(1.0)
        for status in collectors.all():
            if status.reported_at != first.get(status.name):
                silent.pop(status.name, None)
    return silent


class CollectorsProbe(Probe):
    """Healthy if each collector and each of its streams is live, and reports.

    A stopped collector is ignored, unless no other is left.
    """

    def __init__(self, statuses: CollectorStatusRepository, clock: Clock) -> None:
        super().__init__("collectors")
        self._statuses = statuses
        self._clock = clock

    def check(self) -> list[HealthFinding]:
        all_statuses = self._statuses.all()
        present = [s for s in all_statuses if s.state is not CollectorState.STOPPED]
        if not present:
            detail = "all are stopped" if all_statuses else "none has reported yet"
            return [HealthFinding(part=self.part, healthy=False, detail=detail)]
        silent = silences(self._statuses, self._clock, FRESH_FOR)
        now = self._clock.now()
        return [
            finding
            for status in present
            for finding in _findings(status, silent.get(status.name), now)
        ]


def _findings(
    status: CollectorStatus, silent: timedelta | None, now: datetime
) -> Iterator[HealthFinding]:
    is_fresh = silent is None
    yield HealthFinding(
        part=f"collector {status.name}",
        healthy=is_fresh and status.state is CollectorState.LIVE,
        detail=_collector_detail(status) if is_fresh else _silence(silent),
    )
    if is_fresh:
        for stream in status.streams:
            yield _stream_finding(stream, now)


def _silence(silent: timedelta | None) -> str:
    if silent is None or silent < timedelta(0):
        return "no report: the time of the last one is in the future"
    return f"no report for {_seconds(silent)}"


def _collector_detail(status: CollectorStatus) -> str:
    facts = [
        str(status.state),
        f"{len(status.streams)} streams",
        f"{status.trades_committed:,} trades committed",
        f"{status.reconnects} reconnects",
    ]
    return ", ".join([*facts, status.problem] if status.problem else facts)


def _stream_finding(stream: StreamStatus, now: datetime) -> HealthFinding:
    facts = [str(stream.state)]
    if stream.last_trade_time is not None:
        facts.append(f"last trade {_seconds(now - stream.last_trade_time)} ago")
    if stream.holes_open:
        facts.append(f"{stream.holes_open} holes open")
    if stream.problem:
        facts.append(stream.problem)
    return HealthFinding(
        part=f"stream {stream.instrument}",
        healthy=stream.state in (StreamState.LIVE, StreamState.DELISTED),
        detail=", ".join(facts),
    )


def _seconds(age: timedelta) -> str:
    return f"{max(0.0, age.total_seconds()):,.0f} s"
