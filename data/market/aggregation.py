"""The fold from trades to candles, and from fine candles to coarse ones."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import attrgetter

from data.errors import InvalidValue
from data.market.candle import EXACT, Candle, CandleSource, merge_candles
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe, finest_first
from data.market.trade import Trade

_TIME = attrgetter("time")


class _FormingCandle:
    """A candle under construction; mutable, private to this module."""

    __slots__ = (
        "close", "close_time", "complete", "first_id", "high", "last_id", "low", "open",
        "open_time", "timeframe", "trade_count", "volume",
    )  # fmt: skip

    def __init__(self, timeframe: Timeframe, trade: Trade, *, complete: bool) -> None:
        self.timeframe = timeframe
        self.open_time = timeframe.floor(trade.time)
        self.close_time = self.open_time + timeframe.duration
        self.open = self.high = self.low = self.close = trade.price
        self.volume = trade.size
        self.trade_count = trade.match_count
        self.first_id = trade.first_id
        self.last_id = trade.trade_id
        self.complete = complete

    def add(self, trade: Trade) -> None:
        price = trade.price
        self._grow(price, price, price, trade.size, trade.match_count, trade.trade_id)

    def add_all(self, trades: Sequence[Trade]) -> None:
        prices = [trade.price for trade in trades]
        volume = reduce(EXACT.add, [trade.size for trade in trades])
        count = sum([trade.match_count for trade in trades])
        self._grow(max(prices), min(prices), prices[-1], volume, count, trades[-1].trade_id)

    def fold(self, part: Candle) -> None:
        assert part.trade_count is not None, "only candles folded from trades can be aggregated"
        assert part.last_trade_id is not None
        self._grow(
            part.high, part.low, part.close, part.volume, part.trade_count, part.last_trade_id
        )
        self.complete = self.complete and part.complete

    def _grow(
        self, high: Decimal, low: Decimal, close: Decimal, volume: Decimal, count: int, last_id: int
    ) -> None:
        # Of equal prices the first one stays: they may be written with different zeros.
        if high > self.high:
            self.high = high
        if low < self.low:
            self.low = low
        self.close = close
        self.volume = EXACT.add(self.volume, volume)
        self.trade_count += count
        self.last_id = last_id

    def freeze(self, instrument: InstrumentId) -> Candle:
        return Candle(
            instrument=instrument,
            timeframe=self.timeframe,
            open_time=self.open_time,
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            volume=self.volume,
            trade_count=self.trade_count,
            first_trade_id=self.first_id,
            last_trade_id=self.last_id,
            complete=self.complete,
            source=CandleSource.TRADES,
        )

    @classmethod
    def thaw(cls, candle: Candle) -> "_FormingCandle":
        if candle.first_trade_id is None or candle.last_trade_id is None:
            raise InvalidValue("only a candle folded from trades can be continued")
        forming = cls.__new__(cls)
        forming.timeframe = candle.timeframe
        forming.open_time, forming.close_time = candle.open_time, candle.close_time
        forming.open, forming.high = candle.open, candle.high
        forming.low, forming.close = candle.low, candle.close
        forming.volume = candle.volume
        forming.trade_count = candle.trade_count or 0
        forming.first_id, forming.last_id = candle.first_trade_id, candle.last_trade_id
        forming.complete = candle.complete
        return forming


def parents_of(timeframes: Iterable[Timeframe]) -> dict[Timeframe, Timeframe | None]:
    """Return, finest first, the timeframe each one is folded from; None: from the trades.

    A timeframe is folded from the coarsest of the finer ones that divide it.
    """
    ordered = finest_first(frozenset(timeframes))
    return {
        timeframe: next(
            (fine for fine in reversed(ordered[:index]) if fine.divides(timeframe)), None
        )
        for index, timeframe in enumerate(ordered)
    }


class CandleAggregator:
    """Folds one instrument's tape into closed candles of several timeframes at once.

    A candle is final at the first trade of a later bucket, and only then. `state` resumes a fold:
    per timeframe what its parent closed so far in the bucket (or its trades, without a parent).
    Without a state the first candle of each timeframe is incomplete: it began in the middle, unless
    the first trade is known to follow another one (`follows`).
    """

    def __init__(
        self,
        instrument: InstrumentId,
        timeframes: Iterable[Timeframe],
        state: Iterable[Candle] = (),
        *,
        follows: bool = False,
    ) -> None:
        self.instrument = instrument
        self._parents = parents_of(timeframes)
        self._children = {
            timeframe: [child for child, parent in self._parents.items() if parent is timeframe]
            for timeframe in self._parents
        }
        self._roots = [timeframe for timeframe, parent in self._parents.items() if parent is None]
        self._forming = {candle.timeframe: _FormingCandle.thaw(candle) for candle in state}
        # A root that is missing in the state begins in the middle, whatever the other roots have.
        self._unbroken = follows or all(root in self._forming for root in self._roots)
        self._next_close: datetime | None = None
        self._open_roots: list[_FormingCandle] = []
        self._watch()

    @property
    def state(self) -> list[Candle]:
        """Return the state from which a later aggregator continues, finest first."""
        return [
            self._forming[timeframe].freeze(self.instrument)
            for timeframe in self._parents
            if timeframe in self._forming
        ]

    def forming(self, timeframe: Timeframe) -> Candle | None:
        """Return the candle of `timeframe` after the last trade; it is never final."""
        parts: list[Candle] = []
        step: Timeframe | None = timeframe
        while step is not None:
            if step in self._forming:
                parts.append(self._forming[step].freeze(self.instrument))
            step = self._parents[step]
        # A coarse accumulator holds what closed, a finer one what arrived since: oldest first.
        return merge_candles(parts, timeframe) if parts else None

    def add(self, trade: Trade) -> list[Candle]:
        """Add the next trade of the tape; return the candles it closes, finest first."""
        if self._next_close is None or trade.time >= self._next_close:
            return self._begin(trade)
        for forming in self._open_roots:
            forming.add(trade)
        return []

    def add_all(self, trades: Iterable[Trade]) -> list[Candle]:
        """Add the next trades of the tape; return the candles they close, in order of closing."""
        tape, place = list(trades), 0
        closed: list[Candle] = []
        while place < len(tape):
            closed += self.add(tape[place])
            place += 1
            # Nearly every trade closes nothing: the roots add all such in one step.
            if self._next_close is not None:
                run = tape[place : bisect_left(tape, self._next_close, place, key=_TIME)]
                self._add_run(run)
                place += len(run)
        return closed

    def _add_run(self, trades: Sequence[Trade]) -> None:
        """Add trades that close nothing."""
        if trades:
            for forming in self._open_roots:
                forming.add_all(trades)

    def _begin(self, trade: Trade) -> list[Candle]:
        """Add a trade with which a root candle begins; return the candles that it closes."""
        closed = self._close_before(trade.time)
        for root in self._roots:
            if root in self._forming:
                self._forming[root].add(trade)
            else:
                self._forming[root] = _FormingCandle(root, trade, complete=self._unbroken)
        self._unbroken = True
        self._watch()
        return closed

    def break_off(self) -> None:
        """Mark the candles on both sides as incomplete: trades are missing here."""
        for forming in self._forming.values():
            forming.complete = False
        self._unbroken = False
        self._next_close = None

    def _close_before(self, time: datetime) -> list[Candle]:
        closed = []
        for timeframe in self._parents:
            forming = self._forming.get(timeframe)
            if forming is None or time < forming.close_time:
                continue
            del self._forming[timeframe]
            candle = forming.freeze(self.instrument)
            closed.append(candle)
            for child in self._children[timeframe]:
                self._fold_into(child, candle)
        return closed

    def _fold_into(self, timeframe: Timeframe, part: Candle) -> None:
        forming = self._forming.get(timeframe)
        if forming is None:
            self._forming[timeframe] = _FormingCandle.thaw(merge_candles([part], timeframe))
        else:
            forming.fold(part)

    def _watch(self) -> None:
        """Store the first time at which anything can close: one comparison per trade."""
        roots = [self._forming.get(root) for root in self._roots]
        self._open_roots = [root for root in roots if root is not None]
        if any(root is None for root in roots):
            self._next_close = None
        else:
            self._next_close = min(root.close_time for root in roots if root is not None)


def aggregate(
    instrument: InstrumentId, timeframes: Iterable[Timeframe], trades: Iterable[Trade]
) -> list[Candle]:
    """Return every candle that `trades` close, in the order of closing."""
    aggregator = CandleAggregator(instrument, timeframes)
    return aggregator.add_all(trades)
