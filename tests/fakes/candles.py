"""Candles in memory."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from data import (
    EPOCH,
    Candle,
    CandleFrame,
    CandleSource,
    Gaps,
    HoleState,
    InstrumentId,
    Timeframe,
    TimeSpan,
    fill_gaps,
)
from data.errors import RepositoryError
from data.market.seals import StoredCandle, candle_digest
from data.ports import CandleRepository
from tests.fakes.spans import clipped, joined, without
from tests.fakes.store import InMemoryStore, StoredCandles, StoredTape


class InMemoryCandleRepository(CandleRepository):
    """Candles in dictionaries."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def save(self, candles: Sequence[Candle]) -> int:
        return sum(self._save(candle) for candle in candles)

    def _save(self, candle: Candle) -> bool:
        if _is_late(self._store.tape(candle.instrument), candle):
            return _keep_beside(self._store.series(candle.instrument, candle.timeframe), candle)
        return store_candle(self._store, candle)

    def count_replaced(self, candles: Sequence[Candle]) -> int:
        replaced = 0
        for candle in candles:
            span = candle.open_time, candle.close_time
            best = self.best(candle.instrument, candle.timeframe, *span)
            replaced += bool(best and best[0] != candle and _rank(best[0]) <= _rank(candle))
        return replaced

    def announced(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        return _within(self._store.series(instrument, timeframe).announced.values(), start, end)

    def best(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        series = self._store.series(instrument, timeframe)
        buckets: dict[datetime, list[Candle]] = {}
        for candle in [*series.announced.values(), *series.versions]:
            buckets.setdefault(candle.open_time, []).append(candle)
        return _within(map(best_of, buckets.values()), start, end)

    def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        limit: int,
        before: datetime | None = None,
    ) -> list[Candle]:
        start, end = datetime.min.replace(tzinfo=UTC), before or datetime.max.replace(tzinfo=UTC)
        return self.best(instrument, timeframe, start, end)[-limit:]

    def frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        *,
        gaps: Gaps | None = "flat",
    ) -> CandleFrame:
        candles = self.best(instrument, timeframe, start, end)
        frame = CandleFrame.from_candles(instrument, timeframe, candles)
        return self._filled(frame, TimeSpan(start, end), gaps)

    def announced_frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        *,
        gaps: Gaps | None = "flat",
    ) -> CandleFrame:
        candles = self.announced(instrument, timeframe, start, end)
        frame = CandleFrame.from_candles(instrument, timeframe, candles)
        return self._filled(frame, TimeSpan(start, end), gaps)

    def _filled(self, frame: CandleFrame, span: TimeSpan, gaps: Gaps | None) -> CandleFrame:
        if gaps is None:
            return frame
        known = self.coverage(frame.instrument, frame.timeframe, span.start, span.end)
        return fill_gaps(frame, known, gaps)

    def stored_span(self, instrument: InstrumentId, timeframe: Timeframe) -> TimeSpan | None:
        series = self._store.series(instrument, timeframe)
        opened = [*series.announced, *(version.open_time for version in series.versions)]
        return TimeSpan(min(opened), max(opened) + timeframe.duration) if opened else None

    def newest(
        self, series: Collection[tuple[InstrumentId, Timeframe]]
    ) -> dict[tuple[InstrumentId, Timeframe], datetime]:
        stored = {one: self._store.series(*one).announced for one in series}
        return {one: max(candles) for one, candles in stored.items() if candles}

    def versions(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        return _within(self._store.series(instrument, timeframe).versions, start, end)

    def stored(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[StoredCandle]:
        digests = self._store.series(instrument, timeframe).digests
        found = [
            StoredCandle(candle, True, digests.get(candle.open_time))
            for candle in self.announced(instrument, timeframe, start, end)
        ]
        found += [
            StoredCandle(candle, False, candle_digest(candle))
            for candle in self.versions(instrument, timeframe, start, end)
        ]
        return sorted(found, key=lambda stored: stored.candle.open_time)

    def add_coverage(
        self, instrument: InstrumentId, timeframe: Timeframe, spans: Iterable[TimeSpan]
    ) -> None:
        series = self._store.series(instrument, timeframe)
        series.covered = joined([*series.covered, *spans])

    def coverage(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[TimeSpan]:
        if start > end:
            raise RepositoryError("a range must not end before it begins")
        covered = self._store.series(instrument, timeframe).covered
        dropped_before = self._store.series(instrument, timeframe).dropped_before
        taped = self._taped(instrument)
        if dropped_before is not None:
            taped = without(taped, TimeSpan(EPOCH, dropped_before))
        return clipped(joined([*covered, *taped]), start, end)

    def _taped(self, instrument: InstrumentId) -> list[TimeSpan]:
        tape = self._store.tape(instrument)
        if tape.first is None or tape.end is None:
            return []
        spans = [TimeSpan(tape.first.time, tape.end.time)]
        for hole in tape.holes.values():
            if not hole.state.harmless:
                spans = without(spans, TimeSpan(hole.after_time, hole.before_time))
        return spans


def store_candle(store: InMemoryStore, candle: Candle) -> bool:
    """Store a candle, or a version that differs from all stored; return whether it was new."""
    series = store.series(candle.instrument, candle.timeframe)
    if candle.open_time not in series.announced:
        series.announced[candle.open_time] = candle
        series.digests[candle.open_time] = candle_digest(candle)
        return True
    return _keep_beside(series, candle)


def _keep_beside(series: StoredCandles, candle: Candle) -> bool:
    rivals = [
        version
        for version in series.versions
        if version.open_time == candle.open_time and _rank(version) == _rank(candle)
    ]
    if candle in rivals:
        if rivals[-1] == candle:
            return False
        series.versions.remove(candle)
    elif candle == series.announced.get(candle.open_time) and not rivals:
        return False
    series.versions.append(candle)
    return True


def _is_late(tape: StoredTape, candle: Candle) -> bool:
    if tape.first is None or candle.close_time <= tape.first.time:
        return False
    recovered = [hole.ids for hole in tape.holes.values() if hole.state is not HoleState.VERIFIED]
    return candle.source is CandleSource.EXCHANGE or any(
        candle.first_trade_id in ids for ids in recovered if candle.first_trade_id is not None
    )


def best_of(versions: Sequence[Candle]) -> Candle:
    """Return the version that charts and backtests use."""
    # `max` keeps the first of equals: the newest must come first.
    return max(reversed(versions), key=_rank)


def _rank(candle: Candle) -> int:
    if candle.source is CandleSource.EXCHANGE:
        return 2
    return 3 if candle.complete else 1


def _within(candles: Iterable[Candle], start: datetime, end: datetime) -> list[Candle]:
    inside = (candle for candle in candles if start <= candle.open_time < end)
    return sorted(inside, key=lambda candle: candle.open_time)
