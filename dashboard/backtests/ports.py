"""Somebody who runs backtests for the web process, which never loads the compiler itself."""

from abc import ABC, abstractmethod
from typing import Any

import msgspec

from backtesting.monitor import RunMonitor
from utils.errors import TruetapeError


class StoredRun(msgspec.Struct, frozen=True):
    """What came of it: a kept backtest (`is_new` unless the same one was kept before), or a study.

    `told` says of a study how it came about.
    """

    backtest_id: int | None
    is_new: bool
    study: str = ""
    told: str = ""


class RunFailed(TruetapeError):
    """A run ended without a result; `field` of the form, if one is at fault."""

    def __init__(self, problem: str, field: str = "") -> None:
        self.problem = problem
        self.field = field
        super().__init__(problem)


class BacktestRuns(ABC):
    """Runs one configuration at a time, elsewhere: of a backtest, or of a sweep of them."""

    @abstractmethod
    def run(self, config: dict[str, Any], monitor: RunMonitor) -> StoredRun:
        """Run a configuration and keep what comes of it, blocking. Raises RunFailed, Cancelled."""

    @abstractmethod
    def close(self) -> None:
        """End whatever runs."""
