"""Repository of trials."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from backtesting.sweeps.trial import SweepKey, SweepSummary, SweepTrial


class TrialRepository(ABC):
    """Every finished trial: none is evaluated twice, and none is deleted."""

    @abstractmethod
    def begin(self, study: SweepKey) -> None:
        """Store a study, once."""

    @abstractmethod
    def add(self, study: SweepKey, trials: Sequence[SweepTrial]) -> None:
        """Store finished trials of a stored study; a later one replaces an earlier one."""

    @abstractmethod
    def of(self, study: SweepKey) -> list[SweepTrial]:
        """Return every trial of a study, by parameters."""

    @abstractmethod
    def sharpes(self, strategy: str, instrument: str) -> list[float | None]:
        """Return the annual Sharpe ratio of every trial of a strategy on an instrument.

        All studies count, of any user; failed trials do not.
        """

    @abstractmethod
    def study(self, digest: str) -> SweepKey | None:
        """Return the study with this digest."""

    @abstractmethod
    def studies(self, limit: int) -> list[SweepSummary]:
        """Return the studies that were started last, newest first."""
