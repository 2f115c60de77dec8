"""Histories: the candles that strategies are evaluated on, and the prints of accounts.

A history is read-only and can be read many times: by one run in chunks, or, held in memory, by
thousands of runs at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from backtesting.data.decisions import DecisionBatch, join_decisions
from bot_manager.trading import CandleColumns, Scales, TapeColumns, to_us
from bot_manager.trading.units import Int64s
from data import CandleFrame, Gaps, Instrument, Timeframe, TimeSpan, to_datetime64
from strategies.engine.settings import HISTORY_CANDLES
from strategies.strategy_handle import ConfiguredStrategy
from strategies.window import anchors_of

Prints = CandleColumns | TapeColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestScope:
    """Scope of a history. `gaps`: None for each strategy's own."""

    instrument: Instrument
    timeframe: Timeframe
    span: TimeSpan
    gaps: Gaps | None = None

    @property
    def start_us(self) -> int:
        """Return the start in us."""
        return to_us(self.span.start)

    @property
    def end_us(self) -> int:
        """Return the end in us."""
        return to_us(self.span.end)

    @property
    def decided(self) -> TimeSpan:
        """Return the span in which the evaluated candles open.

        Candles that close before the span decide the target in force at its start; they reach back
        as far as those of a new live group.
        """
        before = HISTORY_CANDLES * self.timeframe.duration
        return TimeSpan(self.span.start - before, self.span.end)

    def gaps_for(self, strategy: ConfiguredStrategy) -> Gaps:
        """Return how a strategy's frames treat buckets without a trade."""
        return self.gaps or strategy.gaps


class History(ABC):
    """Candles and prints of one scope, in an account's units."""

    def __init__(self, scope: BacktestScope, scales: Scales) -> None:
        self.scope = scope
        self.scales = scales

    @abstractmethod
    def frames(self, strategy: ConfiguredStrategy) -> Iterator[CandleFrame]:
        """Yield the candles of the span, preceded by all that the strategy's decisions need."""

    @abstractmethod
    def second_frames(self, strategy: ConfiguredStrategy) -> Iterator[CandleFrame]:
        """Yield the second timeframe's candles that are visible to those of the first."""

    @abstractmethod
    def candles(self) -> Iterator[CandleFrame]:
        """Yield the candles of the span only."""

    @abstractmethod
    def closes(self) -> Iterator[tuple[Int64s, Int64s]]:
        """Yield close times in us and close prices in an account's units of the span's candles.

        Candles without a trade may be left out: their price did not change.
        """

    @abstractmethod
    def prints(self, start_us: int, end_us: int) -> Iterator[Prints]:
        """Yield the prints in [start, end), in order."""

    @abstractmethod
    def batches(self, decided: Iterable[DecisionBatch]) -> Iterator[DecisionBatch]:
        """Yield decisions in the batches in which they are best folded."""


class InMemoryHistory(History):
    """A history in memory: one batch of decisions, one chunk of prints."""

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
    """Return the close times and close prices of candles."""
    return candles.open_time + candles.duration_us, candles.close


def times_of(prints: Prints) -> Int64s:
    """Return the time of each print; of candles, their open times."""
    return prints.time if isinstance(prints, TapeColumns) else prints.open_time


def rows_between(prints: Prints, start_us: int, end_us: int) -> Prints:
    """Return the prints in [start, end), without copying."""
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
