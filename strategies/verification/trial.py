"""A strategy, the candles that it is verified on, and its decisions."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from data import CandleFrame
from strategies.base import Strategy
from strategies.evaluation import decide_rows, frame_of, rows_that_count
from strategies.frame import StrategyFrame
from strategies.second_timeframe import SecondValues, second_values
from strategies.signals import Direction, Directions
from strategies.window import Times, Window, close_times_of, windows_of


@dataclass(frozen=True, slots=True, eq=False)
class CandleDecisions:
    """The direction of every candle, and whether it counts."""

    open_time: Times
    directions: Directions
    counts: npt.NDArray[np.bool_]

    def after(self, rows: int) -> "CandleDecisions":
        """Return the decisions from a row on."""
        return CandleDecisions(self.open_time[rows:], self.directions[rows:], self.counts[rows:])


@dataclass(frozen=True, slots=True, eq=False)
class StrategyVerificationTrial:
    """`make` makes a new strategy; `second` are the candles of its second timeframe."""

    make: Callable[[], Strategy]
    candles: CandleFrame
    second: CandleFrame | None = None

    def windows(self, phase: int = 0) -> list[Window]:
        """Return the windows of all candles, oldest first."""
        warmup = self.make().warmup(self.candles.timeframe)
        return list(windows_of([self.candles], warmup, phase))

    def frame(self, window: Window, phase: int = 0) -> StrategyFrame:
        """Return the frame of a window that the strategy reads."""
        return frame_of(self.make(), window, self._second_of(window, phase))

    def directions(self, window: Window) -> Directions:
        """Return the direction of every row of a window, also of those that do not count."""
        return decide_rows(self.make(), self.frame(window))

    def requires_reason(self, window: Window, directions: Directions, row: int) -> bool:
        """Return whether the engine may compute a reason for a row: it decides, and it counts."""
        if directions[row] == Direction.HOLD:
            return False
        return bool(rows_that_count(window, self._second_of(window, 0))[row])

    def decisions(self, phase: int = 0) -> "CandleDecisions":
        """Return the direction of every candle, and whether it counts."""
        directions, counts = [], []
        for window in self.windows(phase):
            rows = slice(window.first, window.stop)
            directions.append(decide_rows(self.make(), self.frame(window, phase))[rows])
            counts.append(rows_that_count(window, self._second_of(window, phase))[rows])
        return CandleDecisions(
            self.candles.open_time, np.concatenate(directions), np.concatenate(counts)
        )

    def _second_of(self, window: Window, phase: int) -> SecondValues | None:
        declared = self.make().second()
        if declared is None or self.second is None:
            return None
        times = window.close_times[window.missing : window.stop]
        return second_values(declared, self.second, times, phase)

    def later(self, rows: int) -> "StrategyVerificationTrial":
        """Return the same trial with a history that begins `rows` candles later."""
        candles = self.candles.take(slice(rows, None))
        if self.second is None:
            return replace(self, candles=candles)
        closed_later = close_times_of(self.second) > candles.open_time[0]
        return replace(self, candles=candles, second=self.second.take(closed_later))
