"""Repository of trials."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from backtesting.sweeps.trial import SweepKey, SweepSummary, SweepTrial


class TrialRepository(ABC):
    """Every finished trial: none is evaluated twice, and none is deleted."""

    @abstractmethod
    def begin(self, sweep_key: SweepKey) -> None:
        """Store a sweep, once."""

    @abstractmethod
    def add(self, sweep_key: SweepKey, trials: Sequence[SweepTrial]) -> None:
        """Store finished trials of a stored sweep; a later one replaces an earlier one."""

    @abstractmethod
    def of(self, sweep_key: SweepKey) -> list[SweepTrial]:
        """Return every trial of a sweep, by parameters."""

    @abstractmethod
    def sharpes(self, strategy: str, instrument: str) -> list[float | None]:
        """Return the annual Sharpe ratio of every trial of a strategy on an instrument.

        All sweeps count, of any user; failed trials do not.
        """

    @abstractmethod
    def sweep(self, digest: str) -> SweepKey | None:
        """Return the key of the sweep with this digest."""

    @abstractmethod
    def sweeps(self, limit: int) -> list[SweepSummary]:
        """Return the sweeps that were started last, newest first."""
