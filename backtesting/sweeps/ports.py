"""Where trials are kept."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from backtesting.sweeps.trial import SweepKey, SweepSummary, SweepTrial


class TrialRepository(ABC):
    """Every trial that was ever finished: none is tried twice, and none is forgotten."""

    @abstractmethod
    def begin(self, study: SweepKey) -> None:
        """Store a study, once."""

    @abstractmethod
    def add(self, study: SweepKey, trials: Sequence[SweepTrial]) -> None:
        """Store finished trials of a study that was begun; a later one takes an earlier's place."""

    @abstractmethod
    def of(self, study: SweepKey) -> list[SweepTrial]:
        """Return every trial of a study, by parameters."""

    @abstractmethod
    def sharpes(self, strategy: str, instrument: str) -> list[float | None]:
        """Return the annual Sharpe ratio of every trial of a strategy on an instrument.

        All studies count, whoever ran them; trials that failed do not.
        """

    @abstractmethod
    def study(self, digest: str) -> SweepKey | None:
        """Return the study of this name."""

    @abstractmethod
    def studies(self, limit: int) -> list[SweepSummary]:
        """Return the studies that were begun last, newest first."""
