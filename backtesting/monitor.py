"""How somebody follows a run, and stops it."""

from collections.abc import Callable
from dataclasses import dataclass

from backtesting.errors import Cancelled


def _ignore(_: float) -> None:
    """Do nothing with what is told."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class RunMonitor:
    """`progress` is told the part that is done, from 0 to 1; `is_cancelled` is asked as often."""

    progress: Callable[[float], None] = _ignore
    is_cancelled: Callable[[], bool] = _never

    def at(self, part: float) -> None:
        """Say how far it is. Raises Cancelled."""
        self.require()
        self.progress(min(max(part, 0.0), 1.0))

    def require(self) -> None:
        """Raise Cancelled if somebody wants it to stop."""
        if self.is_cancelled():
            raise Cancelled("the backtest was cancelled: nothing of it is kept")

    def between(self, start: float, end: float) -> "RunMonitor":
        """Return the watch of a part of the work."""
        return RunMonitor(
            lambda part: self.progress(start + part * (end - start)), self.is_cancelled
        )


UNMONITORED = RunMonitor()
