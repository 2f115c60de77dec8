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
    """A filter of audit entries: login attempts, or all others."""

    COMMANDS = "commands"
    LOGINS = "logins"

    def includes(self, entry: AuditEntry) -> bool:
        """Return whether an entry is of this kind."""
        return (entry.action in LOGIN_PATHS) is (self is AuditKind.LOGINS)


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
