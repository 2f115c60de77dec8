"""Metrics of collectors, from their statuses, and of the holes of their tapes."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from data.market.hole import HoleState
from data.ports import CollectorStatusRepository, HoleRepository
from data.status import CollectorState, CollectorStatus, StreamState, StreamStatus
from utils.telemetry import Sample, samples_of

_AWAY = (CollectorState.DISCONNECTED, CollectorState.FAILED)


class CollectorStats:
    """Read repeatedly: rates are counted from one status to the next.

    Stopped collectors are left out. Times are those of the statuses: the metrics of a silent
    collector go stale.
    """

    def __init__(self, statuses: CollectorStatusRepository) -> None:
        self._statuses = statuses
        self._before: dict[str, CollectorStatus] = {}

    def read(self, _now: datetime) -> list[Sample]:
        """Return the metrics of every collector and stream. Raises repository errors."""
        present = [s for s in self._statuses.all() if s.state is not CollectorState.STOPPED]
        samples = [sample for status in present for sample in self._samples(status)]
        self._before = {status.name: status for status in present}
        return samples

    def _samples(self, status: CollectorStatus) -> Iterator[Sample]:
        before = self._before.get(status.name)
        if before is not None and before.pid != status.pid:
            before = None
        yield from samples_of(
            f"collector:{status.name}", status.reported_at, _collector_metrics(status, before)
        )
        streams = {one.instrument: one for one in before.streams} if before else {}
        passed_s = _passed_s(before, status)
        for stream in status.streams:
            metrics = _stream_metrics(stream, status.reported_at)
            if (known := streams.get(stream.instrument)) is not None:
                metrics["trades_per_s"] = _rate(stream.trades - known.trades, passed_s)
            yield from samples_of(f"stream:{stream.instrument}", status.reported_at, metrics)


class HoleStats:
    """The number of holes of every tape, by state."""

    def __init__(self, holes: HoleRepository) -> None:
        self._holes = holes

    def read(self, now: datetime) -> list[Sample]:
        """Return the counts of every tape that has a hole. Raises repository errors."""
        counts: dict[str, Counter[HoleState]] = {}
        for (instrument, state), count in self._holes.counts().items():
            counts.setdefault(str(instrument), Counter())[state] = count
        return [
            sample
            for name, states in counts.items()
            for sample in samples_of(
                f"stream:{name}",
                now,
                {
                    "holes_open": states[HoleState.OPEN],
                    "holes_deferred": states[HoleState.DEFERRED],
                    "holes_filled": states[HoleState.FILLED] + states[HoleState.VERIFIED],
                    "holes_unrecoverable": states[HoleState.UNRECOVERABLE],
                },
            )
        ]


def _collector_metrics(
    status: CollectorStatus, before: CollectorStatus | None
) -> dict[str, float | None]:
    offset_ms, passed_s = status.clock_offset_ms, _passed_s(before, status)
    return {
        "live": float(status.state is CollectorState.LIVE),
        "unreachable": float(status.state in _AWAY),
        "store_down": float(status.state is CollectorState.STORE_DOWN),
        "reconnects": status.reconnects,
        "frames": status.frames,
        "frames_per_s": _rate(status.frames - before.frames, passed_s) if before else None,
        "trades_committed": status.trades_committed,
        "unhandled_frames": status.unhandled_frames,
        "undecodable_frames": status.undecodable_frames,
        "clock_offset_ms": offset_ms,
        "clock_error_ms": None if offset_ms is None else abs(offset_ms),
    }


def _stream_metrics(stream: StreamStatus, now: datetime) -> dict[str, float | None]:
    # A stream that waits for its collector's socket, or fills a hole, has other metrics.
    return {
        "stale": float(stream.state is StreamState.STALE),
        "refused": float(stream.state is StreamState.FAILED),
        "delisted": float(stream.state is StreamState.DELISTED),
        "filling": float(stream.state is StreamState.FILLING),
        "age_s": _age_s(stream.last_received_at, now),
        "trades": stream.trades,
        "duplicates": stream.duplicates,
        "held": stream.held,
    }


def _age_s(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())


def _passed_s(before: CollectorStatus | None, status: CollectorStatus) -> float | None:
    if before is None or status.reported_at <= before.reported_at:
        return None
    return (status.reported_at - before.reported_at).total_seconds()


def _rate(grown: int, passed_s: float | None) -> float | None:
    return None if passed_s is None or grown < 0 else grown / passed_s
