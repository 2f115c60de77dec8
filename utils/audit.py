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


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One command: when (aware UTC), by whom and from where it was requested, and its outcome.

    `what` names it, `details` hold its arguments, without secrets; `note` is the message with which
    it was refused or failed.
    """

    at: datetime
    who: str
    role: str
    address: str
    what: str
    details: str = ""
    outcome: AuditOutcome = AuditOutcome.DONE
    note: str = ""


LOGIN_PATHS = frozenset({"/login", "/login/link"})


class AuditKind(StrEnum):
    """A filter of audit entries: login attempts, or all others."""

    COMMANDS = "commands"
    LOGINS = "logins"

    def includes(self, entry: AuditEntry) -> bool:
        """Return whether an entry is of this kind."""
        return (entry.what in LOGIN_PATHS) is (self is AuditKind.LOGINS)


class AuditRepository(ABC):
    """The audit log, append-only."""

    @abstractmethod
    def add(self, entries: Sequence[AuditEntry]) -> None:
        """Append entries, all or none."""

    @abstractmethod
    def latest(
        self, limit: int, kind: AuditKind | None = None, who: str | None = None
    ) -> list[AuditEntry]:
        """Return the newest entries of a kind, newest first; for equal times, the last added first.

        `who`: only entries of this user.
        """
