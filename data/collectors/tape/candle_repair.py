"""Rebuild closed candles from what the store holds now. Blocking: run it in a thread."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from data.collectors.store import CollectorStore
from data.market.aggregation import CandleAggregator, parents_of
from data.market.candle import Candle, CandleSource, merge_candles
from data.market.frame import TimeSpan
from data.market.hole import Hole, chained
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH, Timeframe
from data.market.trade import Cursor


class CandleRepairer:
    """Stores complete versions of candles that were announced incomplete, or not at all.

    The finest timeframe is folded from all stored trades, late ones too, the others from the best
    version of the finer one. Only candles that no harmful hole touches are stored.
    """

    def __init__(self, store: CollectorStore, timeframes: Iterable[Timeframe]) -> None:
        self._store = store
        self._parents = parents_of(timeframes)

    def rebuild(self, instrument: InstrumentId, span: TimeSpan) -> list[Candle]:
        """Store and return the closed candles over a span, of every timeframe, finest first."""
        return [
            candle
            for timeframe in self._parents
            for candle in self.rebuild_one(instrument, timeframe, span)
        ]

    def rebuild_one(
        self, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
    ) -> list[Candle]:
        """Store and return the closed candles of one timeframe over a span."""
        tape_end = self._store.trades.end(instrument)
        first = self._store.trades.after(instrument, Cursor(EPOCH, -1), 1)
        if tape_end is None or not first:
            return []
        closed_by = timeframe.floor(tape_end.time)
        closed = TimeSpan.between(
            timeframe.floor(span.start), min(timeframe.ceil(span.end), closed_by)
        )
        if closed is None:
            return []
        holes = self._store.holes.of(instrument)
        parent = self._parents[timeframe]
        candles = [
            candle
            for candle in (
                self._from_trades(instrument, timeframe, closed)
                if parent is None
                else self._from_parts(instrument, timeframe, parent, closed, holes)
            )
            if first[0].time < candle.open_time and not _harmed(candle, holes)
        ]
        self._store.candles.save(candles)
        return candles

    def _from_trades(
        self, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
    ) -> list[Candle]:
        fold = CandleAggregator(instrument, [timeframe])
        candles: list[Candle] = []
        for page in self._store.trades.between(instrument, span.start, span.end):
            for trade in page:
                candles += fold.add(trade)
        return [
            msgspec.structs.replace(candle, complete=True) for candle in [*candles, *fold.state]
        ]

    def _from_parts(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        parent: Timeframe,
        span: TimeSpan,
        holes: Sequence[Hole],
    ) -> list[Candle]:
        best = self._store.candles.best(instrument, parent, span.start, span.end)
        by_bucket = groupby(best, key=lambda part: timeframe.floor(part.open_time))
        return [
            merge_candles(parts, timeframe)
            for parts in (list(group) for _, group in by_bucket)
            if all(_is_complete(part) for part in parts) and chained(parts, holes)
        ]


def _is_complete(candle: Candle) -> bool:
    return candle.complete and candle.source is CandleSource.TRADES


def _harmed(candle: Candle, holes: Iterable[Hole]) -> bool:
    return any(
        not hole.state.harmless
        and hole.after_time < candle.close_time
        and hole.before_time >= candle.open_time
        for hole in holes
    )


def affected_by(hole: Hole) -> TimeSpan:
    """Return the span whose candles a hole touches."""
    return TimeSpan(hole.span.start, _just_behind(hole.span.end))


def _just_behind(time: datetime) -> datetime:
    return time + datetime.resolution
