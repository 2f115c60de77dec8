"""All windows of a history in one frame: for rules that decide each row by itself.

Indicators are computed window by window, as ever; only the rule, whose every row follows from its
own values and those of `lookback` rows before it, is evaluated on all windows at once. The rows it
reads across a window's start are warm-up, which does not count. So each row's bits are those of
its window alone, with a fraction of the calls.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from strategies.base import Strategy
from strategies.evaluation import decide_rows, rows_that_count
from strategies.frame import PRICES, StrategyFrame
from strategies.indicators import Column, Indicator
from strategies.library import BUILT_IN
from strategies.signals import Direction, Directions
from strategies.window import Window

_CACHED_INDICATORS = 8


def is_row_independent(strategy: Strategy) -> bool:
    """Return whether a rule decides each row by itself: tests verify the built-in ones."""
    return type(strategy) in BUILT_IN and strategy.second() is None


class WindowCache:
    """Consecutive windows of one history and warm-up, for many strategies.

    The values of the last few indicators are cached: in a sweep, consecutive trials share some.
    """

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows
        self._timeframe = windows[0].candles.timeframe
        self._open_time = np.concatenate([window.candles.open_time for window in windows])
        self._prices: Mapping[str, Column] = {
            name: np.concatenate([getattr(window.candles, name) for window in windows])
            for name in PRICES
        }
        inside = np.concatenate([_rows_inside(window) for window in windows])
        self._rows = np.flatnonzero(inside)
        counts = np.concatenate([rows_that_count(window, None) for window in windows])
        self._excluded = np.flatnonzero(~counts[self._rows])
        self._cached: OrderedDict[Indicator, Mapping[str, Column]] = OrderedDict()
        self.open_times = self._open_time[self._rows]
        """The open times of the decided candles, over all windows."""

    def directions(self, strategy: Strategy) -> Directions:
        """Return the direction of each of `open_times`, HOLD where it does not count."""
        decided = decide_rows(strategy, self._frame(strategy))[self._rows]
        decided[self._excluded] = Direction.HOLD
        return decided

    def _frame(self, strategy: Strategy) -> StrategyFrame:
        columns = dict(self._prices)
        for name, indicator in strategy.indicators().items():
            for output, column in self._values(indicator).items():
                columns[name if len(indicator.outputs) == 1 else f"{name}.{output}"] = column
        return StrategyFrame(self._timeframe, self._open_time, columns)

    def _values(self, indicator: Indicator) -> Mapping[str, Column]:
        cached = self._cached.get(indicator)
        if cached is None:
            cached = self._cached[indicator] = self._compute(indicator)
            if len(self._cached) > _CACHED_INDICATORS:
                self._cached.popitem(last=False)
        self._cached.move_to_end(indicator)
        return cached

    def _compute(self, indicator: Indicator) -> Mapping[str, Column]:
        parts = [indicator.compute(window.candles) for window in self._windows]
        names = (output.name for output in indicator.outputs)
        columns = map(np.concatenate, zip(*parts, strict=True))
        return dict(zip(names, columns, strict=True))


def _rows_inside(window: Window) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(window.candles), np.bool_)
    inside[window.first : window.stop] = True
    return inside
