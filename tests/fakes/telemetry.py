"""Telemetry in memory."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from tests.fakes.store import InMemoryStore
from utils.clock import Clock, SystemClock
from utils.telemetry import (
    HISTORY_WIDTH,
    HistoryPoint,
    ProcessRecord,
    ProcessReport,
    ProcessSnapshot,
    Sample,
    TelemetryRepository,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class InMemoryTelemetryRepository(TelemetryRepository):
    """Samples and intervals in dictionaries. `clock`: that of the database server."""

    def __init__(self, store: InMemoryStore, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or SystemClock()

    def record(self, samples: Sequence[Sample]) -> None:
        self._store.require()
        for sample in samples:
            name = (sample.subject, sample.name)
            newest = self._store.newest_samples.get(name)
            now = self._clock.now()
            if newest is None or sample.time >= newest.time or newest.time > now:
                self._store.newest_samples[name] = sample
            self._store.samples.setdefault(name, {}).setdefault(sample.time, sample.value)

    def latest(self, since: datetime) -> list[Sample]:
        self._store.require()
        return sorted(one for one in self._store.newest_samples.values() if one.time >= since)

    def history(
        self, subject: str, name: str, start: datetime, end: datetime, points: int
    ) -> list[HistoryPoint]:
        self._store.require()
        width = (end - start) / points
        if width < HISTORY_WIDTH:
            samples = self._store.samples.get((subject, name), {})
            fine = {time: [value] for time, value in samples.items() if start <= time < end}
            if fine:
                return _points(fine, start, points, end)
        intervals = self._store.intervals.get((subject, name), {})
        return _points({t: v for t, v in intervals.items() if start <= t < end}, start, points, end)

    def condense(self, start: datetime, end: datetime) -> None:
        self._store.require()
        first, behind = _next_interval(start), _next_interval(end)
        for name, samples in self._store.samples.items():
            intervals: dict[datetime, list[float]] = defaultdict(list)
            for time, value in sorted(samples.items()):
                if first <= time < behind:
                    intervals[time - (time - _EPOCH) % HISTORY_WIDTH].append(value)
            kept = self._store.intervals.setdefault(name, {})
            kept.update({t: v for t, v in intervals.items() if len(v) >= len(kept.get(t, []))})

    def prune(self, samples_before: datetime, history_before: datetime, limit: int) -> int:
        self._store.require()
        gone = _drop(self._store.samples, samples_before, limit)
        gone += _drop(self._store.intervals, history_before, limit)
        for name, newest in list(self._store.newest_samples.items()):
            left = self._store.samples.get(name) or self._store.intervals.get(name)
            if newest.time < history_before and not left:
                del self._store.newest_samples[name]
        for name, record in list(self._store.processes.items()):
            if _reported_at(record) < history_before:
                del self._store.processes[name]
        return gone

    def report(self, report: ProcessReport) -> None:
        self._store.require()
        self._update(report.process, report=report)

    def save_snapshots(self, snapshots: Sequence[ProcessSnapshot]) -> None:
        self._store.require()
        for each in snapshots:
            self._update(each.process, snapshot=each)

    def processes(self) -> list[ProcessRecord]:
        self._store.require()
        return [record for _, record in sorted(self._store.processes.items())]

    def _update(self, name: str, **changes: ProcessReport | ProcessSnapshot) -> None:
        known = self._store.processes.get(name, ProcessRecord(process=name))
        self._store.processes[name] = msgspec.structs.replace(known, **changes)


def _points(
    values: dict[datetime, list[float]], start: datetime, points: int, end: datetime
) -> list[HistoryPoint]:
    width = (end - start) / points
    intervals: dict[datetime, list[float]] = defaultdict(list)
    for time, some in sorted(values.items()):
        intervals[start + (time - start) // width * width].extend(some)
    return [
        HistoryPoint(time=time, low=min(some), mean=sum(some) / len(some), high=max(some))
        for time, some in intervals.items()
    ]


V = TypeVar("V")


def _drop(kept: dict[tuple[str, str], dict[datetime, V]], before: datetime, limit: int) -> int:
    old = [(n, time) for n, some in kept.items() for time in sorted(some) if time < before][:limit]
    for name, time in old:
        del kept[name][time]
    return len(old)


def _next_interval(time: datetime) -> datetime:
    return time + (_EPOCH - time) % HISTORY_WIDTH


def _reported_at(record: ProcessRecord) -> datetime:
    times = [record.report.reported_at] if record.report else []
    times += [record.snapshot.reported_at] if record.snapshot else []
    return max(times)
