"""Whether collectors are at work, by what they last said of themselves."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from data.ports import CollectorStatusRepository
from data.status import CollectorState, CollectorStatus, StreamState, StreamStatus
from utils.clock import Clock
from utils.health import Finding, Probe

# Collectors report every two seconds, and within seconds of anything that happens.
FRESH_FOR = timedelta(seconds=15)


class CollectorsProbe(Probe):
    """Each collector must be live and say so; each of its streams must be live, too.

    One that said goodbye is forgotten, unless no other is left.
    """

    def __init__(self, statuses: CollectorStatusRepository, clock: Clock) -> None:
        super().__init__("collectors")
        self._statuses = statuses
        self._clock = clock

    def ask(self) -> list[Finding]:
        all_statuses = self._statuses.all()
        present = [s for s in all_statuses if s.state is not CollectorState.STOPPED]
        if not present:
            detail = "all have stopped" if all_statuses else "none has ever reported"
            return [Finding(part=self.part, healthy=False, detail=detail)]
        now = self._clock.now()
        return [finding for status in present for finding in _findings(status, now)]


def _findings(status: CollectorStatus, now: datetime) -> Iterator[Finding]:
    age = now - status.reported_at
    is_fresh = age <= FRESH_FOR
    yield Finding(
        part=f"collector {status.name}",
        healthy=is_fresh and status.state is CollectorState.LIVE,
        detail=_collector_detail(status) if is_fresh else f"silent for {_seconds(age)}",
    )
    if is_fresh:
        for stream in status.streams:
            yield _stream_finding(stream, now)


def _collector_detail(status: CollectorStatus) -> str:
    facts = [
        str(status.state),
        f"{len(status.streams)} streams",
        f"{status.trades_committed:,} trades committed",
        f"{status.reconnects} reconnects",
    ]
    return ", ".join([*facts, status.problem] if status.problem else facts)


def _stream_finding(stream: StreamStatus, now: datetime) -> Finding:
    facts = [str(stream.state)]
    if stream.last_trade_time is not None:
        facts.append(f"last trade {_seconds(now - stream.last_trade_time)} ago")
    if stream.holes_open:
        facts.append(f"{stream.holes_open} holes open")
    if stream.problem:
        facts.append(stream.problem)
    return Finding(
        part=f"stream {stream.instrument}",
        healthy=stream.state in (StreamState.LIVE, StreamState.DELISTED),
        detail=", ".join(facts),
    )


def _seconds(age: timedelta) -> str:
    return f"{max(0.0, age.total_seconds()):,.0f} s"
