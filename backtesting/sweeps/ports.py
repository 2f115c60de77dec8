"""Where trials are kept."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from backtesting.sweeps.trial import Study, StudySummary, Trial


class TrialRepository(ABC):
    """Every trial that was ever finished: none is tried twice, and none is forgotten."""

    @abstractmethod
    def begin(self, study: Study) -> None:
        """Store a study, once."""

    @abstractmethod
    def add(self, study: Study, trials: Sequence[Trial]) -> None:
        """Store finished trials of a study that was begun; a later one takes an earlier's place."""

    @abstractmethod
    def of(self, study: Study) -> list[Trial]:
        """Return every trial of a study, by parameters."""

    @abstractmethod
    def sharpes(self, strategy: str, instrument: str) -> list[float | None]:
        """Return the annual Sharpe ratio of every trial of a strategy on an instrument.

        All studies count, whoever ran them; trials that failed do not.
        """

    @abstractmethod
    def study(self, digest: str) -> Study | None:
        """Return the study of this name."""

    @abstractmethod
    def studies(self, limit: int) -> list[StudySummary]:
        """Return the studies that were begun last, newest first."""
