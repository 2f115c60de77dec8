"""The storage ports of strategies. Implemented in `database`, and by test fakes.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (a bug).
Spans are [start, end), aware UTC, and refer to close times. Lists come in time order.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime

from strategies.group_progress import GroupAdvance, GroupStatus, Skip
from strategies.requests import RequestStatus, SignalRequest
from strategies.signals import Group, Signal
from strategies.strategy_files import StrategyFile, StrategyVerificationResult


class RequestRepository(ABC):
    """Requests for signals. Publish SIGNAL_REQUESTS after a change: it is served sooner."""

    @abstractmethod
    def put(self, requests: Sequence[SignalRequest]) -> None:
        """Insert or replace requests, by `requester`. A replaced one has no group until served."""

    @abstractmethod
    def withdraw(self, requesters: Iterable[str]) -> None:
        """Remove the requests of these `requesters`. What was computed for them stays."""

    @abstractmethod
    def replace(self, prefix: str, requests: Sequence[SignalRequest]) -> None:
        """Replace all requests whose `requester` begins with `prefix`, in one transaction."""

    @abstractmethod
    def all(self) -> list[RequestStatus]:
        """Return every request with its status, ordered by `requester`."""

    @abstractmethod
    def save_statuses(self, statuses: Sequence[RequestStatus]) -> None:
        """Store the status of requests, unless they were replaced or withdrawn since."""


class SignalRepository(ABC):
    """Groups, how far they are evaluated, their signals, and the candles they skipped."""

    @abstractmethod
    def begin(self, group: Group, started_from: datetime) -> GroupStatus:
        """Store a new group, to be evaluated after a time; a stored one stays as it is."""

    @abstractmethod
    def commit(self, advances: Sequence[GroupAdvance]) -> None:
        """Commit signals, skips and watermarks in one transaction, synchronously.

        Raises WatermarkConflict, and stores nothing, if a group's watermark is not where its
        advance begins.
        """

    @abstractmethod
    def group(self, group: Group) -> GroupStatus | None:
        """Return the status of a group, None if it is not stored."""

    @abstractmethod
    def groups(self) -> list[GroupStatus]:
        """Return the status of the requested groups, in order."""

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
    """The strategy files that were found, and the results of their verification."""

    @abstractmethod
    def save_files(self, files: Sequence[StrategyFile]) -> None:
        """Replace all stored files by these."""

    @abstractmethod
    def files(self) -> list[StrategyFile]:
        """Return all files, built-in ones first, by path."""

    @abstractmethod
    def save_verification_result(self, verification_result: StrategyVerificationResult) -> None:
        """Insert or replace a verification result."""

    @abstractmethod
    def verification_result(
        self, strategy: str, version: str, parameters: str
    ) -> StrategyVerificationResult | None:
        """Return a verification result, None if there is none; parameters as in Group."""

    @abstractmethod
    def verification_results(self) -> list[StrategyVerificationResult]:
        """Return the results of the current versions, ordered by strategy and parameters."""
