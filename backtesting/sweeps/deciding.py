"""Ask many strategies about one history: what they have in common is made once."""

from collections.abc import Callable, Iterator

import numpy as np

from backtesting.decided import Decided, decided_at
from backtesting.deciding import decide
from backtesting.history import History
from backtesting.watching import Watch
from strategies.bank import WindowBank, judges_rows
from strategies.configured import ConfiguredStrategy, LocalStrategy
from strategies.window import windows_of

MOST_ROWS = 1_000_000
"""Of longer histories nothing is kept: each worker would hold a second copy of it."""


class SharedDecider:
    """Decides as `decide` does, to the last bit; keeps the windows of the last warm-up.

    Travels empty.
    """

    def __init__(self) -> None:
        self._kept: tuple[History, int, WindowBank] | None = None

    def __reduce__(self) -> "tuple[Callable[[], SharedDecider], tuple[()]]":
        return SharedDecider, ()

    def __call__(
        self, strategy: ConfiguredStrategy, history: History, watch: Watch
    ) -> Iterator[Decided]:
        """Yield what the strategy wants: of a rule that judges rows, all at once."""
        scene = history.scene
        duration_us = scene.timeframe.seconds * 1_000_000
        rows = (scene.end_us - scene.start_us) // duration_us
        rule = strategy.strategy if isinstance(strategy, LocalStrategy) else None
        if rows > MOST_ROWS or rule is None or not judges_rows(rule):
            yield from decide(strategy, history, watch)
            return
        bank = self._bank(strategy, history)
        close_us = bank.open_times.view(np.int64) + duration_us
        yield decided_at(scene.start_us, close_us, bank.directions(rule))
        watch.at(1.0)

    def _bank(self, strategy: ConfiguredStrategy, history: History) -> WindowBank:
        warmup = strategy.warmup(history.scene.timeframe)
        if self._kept is None or self._kept[0] is not history or self._kept[1] != warmup:
            windows = list(windows_of(history.frames(strategy), warmup))
            self._kept = history, warmup, WindowBank(windows)
        return self._kept[2]
