"""The audit log in memory."""

from collections.abc import Sequence

from tests.fakes.store import InMemoryStore
from utils.audit import AuditEntry, AuditKind, AuditOutcome, AuditRepository, RepeatedRefusal


class InMemoryAuditRepository(AuditRepository):
    """Entries in a list."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def add(self, entries: Sequence[AuditEntry]) -> None:
        self._store.require()
        self._store.audit.extend(entries)

    def latest(
        self, limit: int, kind: AuditKind | None = None, username: str | None = None
    ) -> list[AuditEntry]:
        self._store.require()
        newest_first = sorted(reversed(self._store.audit), key=lambda entry: entry.at, reverse=True)
        of_kind = [entry for entry in newest_first if kind is None or kind.includes(entry)]
        return [entry for entry in of_kind if username in (None, entry.username)][:limit]

    def refusals(self, limit: int, username: str | None = None) -> list[RepeatedRefusal]:
        self._store.require()
        groups: dict[tuple[str, str, str], list[AuditEntry]] = {}
        for entry in self._store.audit:
            if entry.outcome is AuditOutcome.REFUSED and username in (None, entry.username):
                groups.setdefault((entry.username, entry.address, entry.action), []).append(entry)
        found = [
            RepeatedRefusal(
                newest=group[-1], count=len(group), first_at=min(entry.at for entry in group)
            )
            for group in groups.values()
        ]
        return sorted(reversed(found), key=lambda each: each.newest.at, reverse=True)[:limit]
