"""What strategies need of a store. Implemented above, in `database`, and by test fakes.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
Spans are [start, end), aware UTC, and speak of close times. Lists come in time order.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime

from strategies.signals import Group, Signal
from strategies.status import (
    GroupAdvance,
    GroupStatus,
    RequestStatus,
    SignalRequest,
    Skip,
    StrategyFile,
    VerificationResult,
)


class RequestRepository(ABC):
    """Who asks for which signals. After a change, ring SIGNAL_REQUESTS: it is served sooner."""

    @abstractmethod
    def put(self, requests: Sequence[SignalRequest]) -> None:
        """Insert or replace requests, by asker. A replaced one has no group until it is served."""

    @abstractmethod
    def withdraw(self, askers: Iterable[str]) -> None:
        """Remove the requests of these askers. What was computed for them stays."""

    @abstractmethod
    def replace(self, prefix: str, requests: Sequence[SignalRequest]) -> None:
        """Let these be the only requests of askers that begin with `prefix`, in one transaction."""

    @abstractmethod
    def all(self) -> list[RequestStatus]:
        """Return every request and what became of it, by asker."""

    @abstractmethod
    def answer(self, statuses: Sequence[RequestStatus]) -> None:
        """Store what became of requests, unless they were replaced or withdrawn since."""


class SignalRepository(ABC):
    """Groups, how far they are evaluated, their signals, and the candles they skipped."""

    @abstractmethod
    def begin(self, group: Group, started_from: datetime) -> GroupStatus:
        """Store a new group, to be evaluated behind a time; one that is stored stays as it is."""

    @abstractmethod
    def commit(self, advances: Sequence[GroupAdvance]) -> None:
        """Commit signals, skips and watermarks in one transaction, synchronously.

        Raises GroupMoved, and stores nothing, if one is not where its advance begins.
        """

    @abstractmethod
    def group(self, group: Group) -> GroupStatus | None:
        """Return where a group is, None if nothing is stored of it."""

    @abstractmethod
    def groups(self) -> list[GroupStatus]:
        """Return the groups that somebody asks for, in order."""

    @abstractmethod
    def signals(self, group: Group, start: datetime, end: datetime) -> list[Signal]:
        """Return a group's signals of a span."""

    @abstractmethod
    def last_signals(self, limit: int, group: Group | None = None) -> list[Signal]:
        """Return the newest signals (of one group), at most `limit`, oldest first."""

    @abstractmethod
    def skips(self, group: Group, start: datetime, end: datetime) -> list[Skip]:
        """Return the skips of a group that touch a span."""


class StrategyRepository(ABC):
    """The files of strategies that were found, and what verifying them found."""

    @abstractmethod
    def save_files(self, files: Sequence[StrategyFile]) -> None:
        """Let these be the files there are, replacing all that were."""

    @abstractmethod
    def files(self) -> list[StrategyFile]:
        """Return all files, built-in ones first, by path."""

    @abstractmethod
    def save_verification_result(self, verification_result: VerificationResult) -> None:
        """Insert or replace a verdict."""

    @abstractmethod
    def verification_result(
        self, strategy: str, version: str, parameters: str
    ) -> VerificationResult | None:
        """Return what verifying found; parameters as in Group."""

    @abstractmethod
    def verification_results(self) -> list[VerificationResult]:
        """Return the verdicts on the versions that are there now, by strategy and parameters."""
