"""Backtests run in the calling process, or held up until a test lets them go."""

import threading
from collections.abc import Callable
from typing import Any

from backtesting.watching import Watch
from dashboard.backtests.ports import BacktestRuns, Ran, RunFailed

Work = Callable[[dict[str, Any], Watch], Ran]


class NoRuns(BacktestRuns):
    """Runs nothing."""

    def run(self, config: dict[str, Any], watch: Watch) -> Ran:
        watch.require()
        raise RunFailed(f"{config.get('strategy', 'a sweep')} is not run here")

    def close(self) -> None:
        """There is nothing to end."""


class InlineRuns(BacktestRuns):
    """Runs `work`; while `gate` is closed a run waits halfway, and hears of a cancellation.

    `deaf`: only when the gate opens.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.deaf = False
        self.gate = threading.Event()
        self.gate.set()

    def run(self, config: dict[str, Any], watch: Watch) -> Ran:
        watch.at(0.42)
        while not self.gate.wait(0.02):
            if not self.deaf:
                watch.require()
        return self.work(config, watch)

    def close(self) -> None:
        self.gate.set()
