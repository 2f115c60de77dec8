"""Resume a fold of candles at the end of the stored tape, as if it had never stopped."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from data.market.aggregation import CandleAggregator, parents_of
from data.market.candle import Candle, CandleSource, merge_candles
from data.market.hole import Hole, HoleState, chained
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH, Timeframe
from data.market.trade import Cursor, Trade
from data.ports import CandleRepository, HoleRepository, TradeRepository

_TICK = timedelta(microseconds=1)


class FoldResumer:
    """Builds aggregators from stored trades, candles and holes."""

    def __init__(
        self, trades: TradeRepository, candles: CandleRepository, holes: HoleRepository
    ) -> None:
        self._trades = trades
        self._candles = candles
        self._holes = holes

    def resume(
        self, instrument: InstrumentId, timeframes: Iterable[Timeframe], end: Cursor | None
    ) -> CandleAggregator:
        """Return the aggregator that stands at `end`, the last committed trade of the tape."""
        requested = frozenset(timeframes)
        if end is None:
            return CandleAggregator(instrument, requested)
        holes = self._holes.of(instrument)
        parents = parents_of(requested)
        state: dict[Timeframe, Candle] = {}
        for timeframe, parent in parents.items():
            if parent is None:
                state[timeframe] = self._from_trades(instrument, timeframe, end)
            else:
                parts = self._parts(instrument, timeframe, parent, end)
                if not parts:
                    continue
                accumulated = _accumulated_below(timeframe, parents, state)
                state[timeframe] = _merge(parts, accumulated, timeframe, holes)
            state[timeframe] = _marked(state[timeframe], holes)
        return CandleAggregator(instrument, requested, state.values())

    def _from_trades(self, instrument: InstrumentId, timeframe: Timeframe, end: Cursor) -> Candle:
        opening = timeframe.floor(end.time)
        fold = CandleAggregator(instrument, [timeframe])
        for page in self._trades.between(instrument, opening, end.time + _TICK, on_tape=True):
            for trade in page:
                fold.add(trade)
        (candle,) = fold.state
        first = self._first_on_tape(instrument, Cursor(EPOCH, -1))
        began_before = first is not None and first.time < opening
        return msgspec.structs.replace(candle, complete=began_before)

    def _parts(
        self, instrument: InstrumentId, timeframe: Timeframe, parent: Timeframe, end: Cursor
    ) -> list[Candle]:
        """Return what the parent closed in the bucket so far; empty if it has only started."""
        opening, until = timeframe.floor(end.time), parent.floor(end.time)
        announced = self._candles.announced(instrument, parent, opening, until)
        parts = [candle for candle in announced if candle.source is CandleSource.TRADES]
        first = self._first_on_tape(instrument, Cursor(opening, -1))
        if first is None or first.time >= until:
            return parts
        if not parts or (parts[0].first_trade_id or 0) > first.first_id:
            # What closed first was never stored: its first trade replaces it, as incomplete.
            return [_seed(first, parent), *parts]
        return parts

    def _first_on_tape(self, instrument: InstrumentId, cursor: Cursor) -> Trade | None:
        found = self._trades.after(instrument, cursor, 1)
        return found[0] if found else None


def _accumulated_below(
    timeframe: Timeframe, parents: dict[Timeframe, Timeframe | None], state: dict[Timeframe, Candle]
) -> Candle:
    """Return what the nearest finer timeframe between it and the trades has accumulated."""
    step = parents[timeframe]
    while step is not None and step not in state:
        step = parents[step]
    assert step is not None, "a timeframe folded from trades always has a state"
    return state[step]


def _merge(
    parts: Sequence[Candle], accumulated: Candle, timeframe: Timeframe, holes: Iterable[Hole]
) -> Candle:
    merged = merge_candles(parts, timeframe)
    whole = merged.complete and chained([*parts, accumulated], holes)
    return msgspec.structs.replace(merged, complete=whole)


def _marked(candle: Candle, holes: Iterable[Hole]) -> Candle:
    """Mark a candle in which a hole begins or ends as incomplete.

    A hole that was filled later broke the fold all the same: its trades came too late for it.
    """
    torn = any(
        candle.open_time <= time < candle.close_time
        for hole in holes
        if hole.state is not HoleState.VERIFIED
        for time in (hole.after_time, hole.before_time)
    )
    return msgspec.structs.replace(candle, complete=False) if torn else candle


def _seed(trade: Trade, timeframe: Timeframe) -> Candle:
    fold = CandleAggregator(trade.instrument, [timeframe])
    fold.add(trade)
    return fold.state[0]
