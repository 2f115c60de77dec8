"""The port that runs backtests for the web process, which never loads the compiler itself."""

from abc import ABC, abstractmethod
from typing import Any

import msgspec

from backtesting.monitor import RunMonitor
from utils.errors import TruetapeError


class StoredRun(msgspec.Struct, frozen=True):
    """A stored backtest (`is_new` unless the same one was stored before), or a sweep.

    `summary` is that of a sweep.
    """

    backtest_id: int | None
    is_new: bool
    sweep: str = ""
    summary: str = ""


class RunFailed(TruetapeError):
    """A run ended without a result; `field` of the form, if one is at fault."""

    def __init__(self, problem: str, field: str = "") -> None:
        self.problem = problem
        self.field = field
        super().__init__(problem)


class BacktestRuns(ABC):
    """Runs the configuration of one backtest or sweep at a time, in another process."""

    @abstractmethod
    def run(self, config: dict[str, Any], monitor: RunMonitor) -> StoredRun:
        """Run a configuration and store its result, blocking. Raises RunFailed, Cancelled."""

    @abstractmethod
    def close(self) -> None:
        """End a running run."""
