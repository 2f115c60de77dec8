"""Evaluation of many strategies on one history: shared windows are built once."""

from collections.abc import Callable, Iterator

import numpy as np

from backtesting.data.decisions import DecisionBatch, decisions_at
from backtesting.data.history import History
from backtesting.monitor import RunMonitor
from backtesting.run.decider import decide
from strategies.strategy_handle import ConfiguredStrategy, LocalStrategy
from strategies.window import windows_of
from strategies.window_cache import WindowCache, is_row_independent

MOST_ROWS = 1_000_000
"""Longer histories are not cached: each worker would hold a second copy."""


class SharedDecider:
    """Decides exactly as `decide` does; caches the windows of the last warm-up.

    The cache is not pickled.
    """

    def __init__(self) -> None:
        self._kept: tuple[History, int, WindowCache] | None = None

    def __reduce__(self) -> "tuple[Callable[[], SharedDecider], tuple[()]]":
        return SharedDecider, ()

    def __call__(
        self, strategy: ConfiguredStrategy, history: History, monitor: RunMonitor
    ) -> Iterator[DecisionBatch]:
        """Yield the strategy's targets: of a row-independent rule in one batch."""
        scope = history.scope
        duration_us = scope.timeframe.seconds * 1_000_000
        rows = (scope.end_us - scope.start_us) // duration_us
        rule = strategy.strategy if isinstance(strategy, LocalStrategy) else None
        if rows > MOST_ROWS or rule is None or not is_row_independent(rule):
            yield from decide(strategy, history, monitor)
            return
        cache = self._window_cache(strategy, history)
        close_us = cache.open_times.view(np.int64) + duration_us
        yield decisions_at(scope.start_us, close_us, cache.directions(rule))
        monitor.at(1.0)

    def _window_cache(self, strategy: ConfiguredStrategy, history: History) -> WindowCache:
        warmup = strategy.warmup(history.scope.timeframe)
        if self._kept is None or self._kept[0] is not history or self._kept[1] != warmup:
            windows = list(windows_of(history.frames(strategy), warmup))
            self._kept = history, warmup, WindowCache(windows)
        return self._kept[2]
