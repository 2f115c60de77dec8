"""What happened: the candles that a strategy is asked about, and the prints that move accounts.

A history is read-only and may be read again and again: by one run piece by piece, or, held in
memory, by thousands of runs at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from backtesting.decisions import DecisionBatch, join_decisions
from bot_manager.trading import CandleColumns, Scales, TapeColumns, to_us
from bot_manager.trading.units import Int64s
from data import CandleFrame, Gaps, Instrument, Timeframe, TimeSpan, to_datetime64
from strategies.configured import ConfiguredStrategy
from strategies.engine.rules import HISTORY_CANDLES
from strategies.window import anchors_of

Prints = CandleColumns | TapeColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestScope:
    """Where a history takes place. `gaps`: None as each strategy says."""

    instrument: Instrument
    timeframe: Timeframe
    span: TimeSpan
    gaps: Gaps | None = None

    @property
    def start_us(self) -> int:
        """Return when it begins."""
        return to_us(self.span.start)

    @property
    def end_us(self) -> int:
        """Return when it ends."""
        return to_us(self.span.end)

    @property
    def decided(self) -> TimeSpan:
        """Return where the candles open that are decided.

        Those that close before the span begins tell which target is in force then; they reach back
        as far as a new group of signals does live.
        """
        before = HISTORY_CANDLES * self.timeframe.duration
        return TimeSpan(self.span.start - before, self.span.end)

    def gaps_for(self, strategy: ConfiguredStrategy) -> Gaps:
        """Return whether buckets without a trade are rows."""
        return self.gaps or strategy.gaps


class History(ABC):
    """Candles and prints of one scene, in an account's units."""

    def __init__(self, scope: BacktestScope, scales: Scales) -> None:
        self.scope = scope
        self.scales = scales

    @abstractmethod
    def frames(self, strategy: ConfiguredStrategy) -> Iterator[CandleFrame]:
        """Yield the candles of the span, after all that the strategy's decisions need."""

    @abstractmethod
    def second_frames(self, strategy: ConfiguredStrategy) -> Iterator[CandleFrame]:
        """Yield the candles of the strategy's second timeframe that those of the first one see."""

    @abstractmethod
    def candles(self) -> Iterator[CandleFrame]:
        """Yield the candles of the span alone."""

    @abstractmethod
    def closes(self) -> Iterator[tuple[Int64s, Int64s]]:
        """Yield times in us and prices in an account's units at which candles of the span closed.

        Candles without a trade may be left out: nothing moved.
        """

    @abstractmethod
    def prints(self, start_us: int, end_us: int) -> Iterator[Prints]:
        """Yield what moved the market in [start, end), in order."""

    @abstractmethod
    def batches(self, decided: Iterable[DecisionBatch]) -> Iterator[DecisionBatch]:
        """Yield decisions in the pieces in which they are best folded."""


class HeldHistory(History):
    """A history in memory: one decision of everything, one piece of prints."""

    def __init__(
        self,
        scope: BacktestScope,
        scales: Scales,
        frame: CandleFrame,
        prints: Prints,
        seconds: Mapping[Timeframe, CandleFrame],
    ) -> None:
        super().__init__(scope, scales)
        self._frame = frame
        self._prints = prints
        self._seconds = seconds
        self._closes = closes_of(CandleColumns.of(next(self.candles()), scales))

    def frames(self, strategy: ConfiguredStrategy) -> Iterator[CandleFrame]:
        warmup = strategy.warmup(self.scope.timeframe)
        start = np.array([to_datetime64(self.scope.decided.start)])
        anchor = anchors_of(start, self.scope.timeframe)[0]
        row = int(np.searchsorted(self._frame.open_time, anchor))
        yield self._frame.take(slice(max(row - warmup, 0), None))

    def second_frames(self, strategy: ConfiguredStrategy) -> Iterator[CandleFrame]:
        second = strategy.second()
        if second is not None:
            yield self._seconds[second.timeframe]

    def candles(self) -> Iterator[CandleFrame]:
        start = np.searchsorted(self._frame.open_time, to_datetime64(self.scope.span.start))
        yield self._frame.take(slice(int(start), None)).known_rows()

    def closes(self) -> Iterator[tuple[Int64s, Int64s]]:
        yield self._closes

    def prints(self, start_us: int, end_us: int) -> Iterator[Prints]:
        yield rows_between(self._prints, start_us, end_us)

    def batches(self, decided: Iterable[DecisionBatch]) -> Iterator[DecisionBatch]:
        yield join_decisions(list(decided))


def closes_of(candles: CandleColumns) -> tuple[Int64s, Int64s]:
    """Return when candles closed, and at which price."""
    return candles.open_time + candles.duration_us, candles.close


def times_of(prints: Prints) -> Int64s:
    """Return when each print happened; of candles, when they opened."""
    return prints.time if isinstance(prints, TapeColumns) else prints.open_time


def rows_between(prints: Prints, start_us: int, end_us: int) -> Prints:
    """Return the prints of [start, end), without copying any."""
    first, stop = np.searchsorted(times_of(prints), (start_us, end_us)).tolist()
    rows = slice(first, stop)
    if isinstance(prints, TapeColumns):
        return TapeColumns(
            prints.time[rows], prints.trade_id[rows], prints.price[rows], prints.size[rows]
        )
    return CandleColumns(
        prints.open_time[rows],
        prints.open[rows],
        prints.high[rows],
        prints.low[rows],
        prints.close[rows],
        prints.duration_us,
    )
