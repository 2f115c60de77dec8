"""Write every command down: into the log at once, into the audit list as soon as it can be."""

import asyncio
import logging
from collections import deque

from dashboard.slots import Slots
from utils.audit import AuditEntry, AuditRepository
from utils.errors import ExternalServiceError

log = logging.getLogger("truetape.audit")

MOST_WAITING = 1_000


class AuditTrail:
    """The audit list, which an outage of the database only delays."""

    def __init__(self, kept: AuditRepository, slots: Slots) -> None:
        self._kept = kept
        self._run = slots.audit
        self._read = slots.read
        self._waiting: deque[AuditEntry] = deque(maxlen=MOST_WAITING)
        self._turn = asyncio.Lock()

    async def add(self, entry: AuditEntry) -> None:
        """Write an entry down. Never raises for the database's sake: the log has it, too."""
        log.info(
            "command",
            extra={
                "who": entry.who,
                "address": entry.address,
                "what": entry.what,
                "details": entry.details,
                "outcome": entry.outcome.value,
                "note": entry.note,
            },
        )
        self._waiting.append(entry)
        try:
            await self._write()
        except ExternalServiceError as error:
            log.warning("audit list waits", extra={"reason": str(error)})

    async def latest(self, limit: int) -> list[AuditEntry]:
        """Return the newest entries. Raises RepositoryUnavailable, RepositoryError."""
        await self._write()
        return await self._read(self._kept.latest, limit)

    async def _write(self) -> None:
        async with self._turn:
            entries = list(self._waiting)
            if not entries:
                return
            await self._run(self._kept.add, entries)
            for _ in entries:
                self._waiting.popleft()
