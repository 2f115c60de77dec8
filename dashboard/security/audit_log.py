"""Records every command: in the log at once, in the audit list as soon as possible."""

import asyncio
import logging
from collections import deque

from dashboard.security.audit_journal import AuditJournal
from dashboard.thread_pools import ThreadPools
from utils.audit import AuditEntry, AuditKind, AuditRepository, RepeatedRefusal
from utils.clock import Clock
from utils.errors import ExternalServiceError

log = logging.getLogger("truetape.audit")

MAX_WAITING = 10_000
RETRY_S = 2.0


class AuditLog:
    """The audit list; an outage of the database delays its entries.

    Entries that wait for the database are in `journal` too, so that the next server stores them.
    """

    def __init__(
        self,
        kept: AuditRepository,
        thread_pools: ThreadPools,
        journal: AuditJournal | None = None,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._kept = kept
        self._run_audit = thread_pools.audit
        self._run = thread_pools.run
        self._journal = journal or AuditJournal()
        self._waiting: deque[AuditEntry] = deque()
        self._max_waiting = max_waiting
        self._recovered = self._journal.load(max_waiting)
        self._turn = asyncio.Lock()

    def note(self, entry: AuditEntry) -> None:
        """Write an entry into the log and the journal, without waiting for the database."""
        log.info(
            "command",
            extra={
                "username": entry.username,
                "address": entry.address,
                "action": entry.action,
                "details": entry.details,
                "outcome": entry.outcome.value,
                "note": entry.note,
            },
        )
        self._journal.append(entry)
        self._waiting.append(entry)
        if len(self._waiting) > self._max_waiting:
            self._drop_one()

    async def flush(self) -> None:
        """Store the waiting entries, if the database can be reached: never raises for an outage."""
        try:
            await self._write()
        except ExternalServiceError as error:
            log.warning("audit entries not stored; retrying", extra={"reason": str(error)})

    async def add(self, entry: AuditEntry) -> None:
        """Record an entry. An outage of the database never raises: the log has the entry, too."""
        self.note(entry)
        await self.flush()

    async def latest(
        self, limit: int, kind: AuditKind | None = None, username: str | None = None
    ) -> list[AuditEntry]:
        """Return the newest entries of a kind; `username`: of this user only.

        Raises RepositoryUnavailable, RepositoryError.
        """
        await self._write()
        return await self._run(self._kept.latest, limit, kind, username)

    async def refusals(self, limit: int, username: str | None = None) -> list[RepeatedRefusal]:
        """Return the newest refusals, repetitions together; `username`: of this user only.

        Raises RepositoryUnavailable, RepositoryError.
        """
        await self._write()
        return await self._run(self._kept.refusals, limit, username)

    async def run(self, clock: Clock) -> None:
        """Store the waiting entries repeatedly, until cancelled."""
        while True:
            if self._waiting or self._recovered:
                await self.flush()
            await clock.sleep(RETRY_S)

    async def _write(self) -> None:
        async with self._turn:
            if self._recovered:
                await self._take_recovered()
            entries = list(self._waiting)
            if not entries:
                return
            await self._run_audit(self._kept.add, entries)
            written = {id(entry) for entry in entries}
            self._waiting = deque(each for each in self._waiting if id(each) not in written)
            if not self._waiting:
                self._journal.clear()

    async def _take_recovered(self) -> None:
        """Queue the entries of an earlier server first, without those that are stored already."""
        stored = await self._run_audit(self._kept.latest, len(self._recovered) + len(self._waiting))
        missing = [entry for entry in self._recovered if entry not in stored]
        self._recovered = []
        self._waiting.extendleft(reversed(missing))
        if not self._waiting:
            self._journal.clear()

    def _drop_one(self) -> None:
        """Drop the oldest anonymous entry, else the oldest: the log has it."""
        anonymous = next((entry for entry in self._waiting if not entry.username), None)
        dropped = anonymous or self._waiting[0]
        self._waiting.remove(dropped)
        log.error(
            "audit entry dropped: the database is unavailable for too long",
            extra={"at": dropped.at, "username": dropped.username, "action": dropped.action},
        )
