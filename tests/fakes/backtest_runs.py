"""Backtests run in the calling process, or held until a test releases them."""

import threading
from collections.abc import Callable
from typing import Any

from backtesting.monitor import RunMonitor
from dashboard.backtests.ports import BacktestRuns, RunFailed, StoredRun

Work = Callable[[dict[str, Any], RunMonitor], StoredRun]


class NoRuns(BacktestRuns):
    """Runs nothing."""

    def run(self, config: dict[str, Any], monitor: RunMonitor) -> StoredRun:
        monitor.require()
        raise RunFailed(f"{config.get('strategy', 'a sweep')} is not run here")

    def close(self) -> None:
        """Do nothing."""


class InlineRuns(BacktestRuns):
    """Runs `work`; while `gate` is closed a run waits halfway, and can be cancelled.

    `ignores_cancel`: it can be cancelled only when the gate opens.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.ignores_cancel = False
        self.gate = threading.Event()
        self.gate.set()

    def run(self, config: dict[str, Any], monitor: RunMonitor) -> StoredRun:
        monitor.at(0.42)
        while not self.gate.wait(0.02):
            if not self.ignores_cancel:
                monitor.require()
        return self.work(config, monitor)

    def close(self) -> None:
        self.gate.set()
