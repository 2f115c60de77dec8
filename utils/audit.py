"""The audit log: who requested what, and the outcome.

The port is implemented above, in `database`, and by a test fake. Its methods may raise
RepositoryUnavailable (try again later) and RepositoryError (our fault).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec


class AuditOutcome(StrEnum):
    """The outcome of a command."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class AuditEntry(
    msgspec.Struct, frozen=True, kw_only=True, rename={"username": "who", "action": "what"}
):
    """One command: when (aware UTC), by whom and from where it was requested, and its outcome.

    `details` hold its arguments, without secrets; `note` is the message with which it was refused
    or failed. `rename`: as files of entries that wait for the database have it.
    """

    at: datetime
    username: str
    role: str
    address: str
    action: str
    details: str = ""
    outcome: AuditOutcome = AuditOutcome.DONE
    note: str = ""


LOGIN_PATHS = frozenset({"/login", "/login/link"})


class AuditKind(StrEnum):
    """A filter of audit entries that were not refused: logins, or all others."""

    COMMANDS = "commands"
    LOGINS = "logins"

    def includes(self, entry: AuditEntry) -> bool:
        """Return whether an entry is of this kind."""
        is_login = entry.action in LOGIN_PATHS
        return entry.outcome is not AuditOutcome.REFUSED and is_login is (self is AuditKind.LOGINS)


class RepeatedRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """A request of one user from one address that was refused `count` times since `first_at`."""

    newest: AuditEntry
    count: int
    first_at: datetime


REFUSALS_READ = 100_000
"""The newest refused entries that are grouped: more than one guesser causes in ten days."""


class AuditRepository(ABC):
    """The audit log, append-only."""

    @abstractmethod
    def add(self, entries: Sequence[AuditEntry]) -> None:
        """Append entries, all or none."""

    @abstractmethod
    def latest(
        self, limit: int, kind: AuditKind | None = None, username: str | None = None
    ) -> list[AuditEntry]:
        """Return the newest entries of a kind, newest first; for equal times, the last added first.

        `username`: only entries of this user.
        """

    @abstractmethod
    def refusals(self, limit: int, username: str | None = None) -> list[RepeatedRefusal]:
        """Return the newest refused requests by user, address and action, newest first.

        `newest` of each is the last added. Of the `REFUSALS_READ` newest refused entries only.
        `username`: only entries of this user.
        """
