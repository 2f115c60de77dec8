"""Somebody who runs backtests for the web process, which never loads the compiler itself."""

from abc import ABC, abstractmethod
from typing import Any

import msgspec

from backtesting.watching import Watch
from utils.errors import TruetapeError


class Ran(msgspec.Struct, frozen=True):
    """A kept backtest; `is_new` unless the same one was kept before."""

    backtest_id: int
    is_new: bool


class RunFailed(TruetapeError):
    """A backtest ended without a result; `field` of the form, if one is at fault."""

    def __init__(self, problem: str, field: str = "") -> None:
        self.problem = problem
        self.field = field
        super().__init__(problem)


class BacktestRuns(ABC):
    """Runs one backtest at a time, elsewhere."""

    @abstractmethod
    def run(self, config: dict[str, Any], watch: Watch) -> Ran:
        """Run a configuration and keep the result, blocking. Raises RunFailed, Cancelled."""

    @abstractmethod
    def close(self) -> None:
        """End whatever runs."""
