"""Progress and cancellation of a run."""

from collections.abc import Callable
from dataclasses import dataclass

from backtesting.errors import Cancelled


def _ignore(_: float) -> None:
    """Ignore the progress."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class RunMonitor:
    """Callbacks of a run: `progress` receives the part done, 0 to 1; `is_cancelled` is polled."""

    progress: Callable[[float], None] = _ignore
    is_cancelled: Callable[[], bool] = _never

    def at(self, part: float) -> None:
        """Report the part done. Raises Cancelled."""
        self.require()
        self.progress(min(max(part, 0.0), 1.0))

    def require(self) -> None:
        """Raise Cancelled if the run was cancelled."""
        if self.is_cancelled():
            raise Cancelled("the backtest was cancelled: nothing was stored")

    def between(self, start: float, end: float) -> "RunMonitor":
        """Return the monitor of a part of the work, from `start` to `end` of this one."""
        return RunMonitor(
            lambda part: self.progress(start + part * (end - start)), self.is_cancelled
        )


UNMONITORED = RunMonitor()
