"""Verify every bot once a day; each verification is stored and starts at the last one.

For a low-priority process of its own: a replay may take long and must not delay any bot.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from bot_manager.domain.ports import BotRepository, BotVerificationRepository
from bot_manager.domain.status import BotStatus
from bot_manager.domain.verification import BotVerificationRecord
from bot_manager.errors import LedgerConflict
from bot_manager.verification.verifier import BotVerifier
from data.errors import RepositoryUnavailable
from utils.backoff import Backoff
from utils.clock import Clock
from utils.isolation import Isolation, ItemFailures

log = logging.getLogger("truetape.verification")

_LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BotVerificationSettings:
    """Schedule of verifications: `every`, the first one `first_after` a bot's creation."""

    every: timedelta = timedelta(days=1)
    first_after: timedelta = timedelta(minutes=10)
    poll_s: float = 30.0


class BotVerificationScheduler:
    """Verifies bots that are due. One per platform, used by one thread."""

    def __init__(
        self,
        bots: BotRepository,
        verifications: BotVerificationRepository,
        checker: BotVerifier,
        clock: Clock,
        rules: BotVerificationSettings,
        failures: ItemFailures | None = None,
    ) -> None:
        passing = (RepositoryUnavailable, LedgerConflict)
        self._isolation = Isolation(
            "verification of", clock, failures or ItemFailures(), passing=passing, cap_s=3600
        )
        self._bots = bots
        self._verifications = verifications
        self._checker = checker
        self._clock = clock
        self._rules = rules

    def run(self, stop: Event) -> None:
        """Verify bots that are due until `stop` is set."""
        backoff = Backoff(cap_s=_LONGEST_WAIT_S)
        while not stop.is_set():
            try:
                self.turn(stop)
            except RepositoryUnavailable as error:
                log.warning(
                    "verification paused: database unavailable", extra={"problem": str(error)}
                )
                stop.wait(backoff.next_delay_s())
                continue
            backoff.reset()
            stop.wait(self._rules.poll_s)

    def turn(self, stop: Event) -> list[BotVerificationRecord]:
        """Verify every bot that is due; return the records. Raises RepositoryUnavailable."""
        verifications = []
        for name in self.due():
            if stop.is_set():
                break
            if not self._isolation.is_due(name):
                continue
            try:
                with self._isolation.attempt(name):
                    verifications.append(self.verify_next(name))
            except LedgerConflict:
                continue  # Another process has just verified it.
        return verifications

    def due(self) -> list[str]:
        """Return the bots to verify now, those that wait longest first."""
        now, verifications = self._clock.now(), self._verifications.latest()
        waiting = [(status, verifications.get(status.name)) for status in self._bots.all()]
        due = [
            (status, verification)
            for status, verification in waiting
            if self._is_due(status, verification, now)
        ]
        due.sort(key=lambda one: one[1].verified_at if one[1] else one[0].created_at)
        return [status.name for status, _ in due]

    def verify_next(self, name: str) -> BotVerificationRecord:
        """Verify a bot after its last verification, and store the record."""
        verification = self._checker.verify_next(name, self._clock.now())
        self._verifications.add(verification)
        facts = {"bot": name, "orders": verification.orders, "marks": verification.marks}
        if verification.identical:
            log.info("bot verified: replay identical", extra=facts)
        else:
            why = {"cause": verification.cause, "difference": verification.difference}
            log.error("bot verification failed: replay differs", extra=facts | why)
        return verification

    def _is_due(
        self, status: BotStatus, verification: BotVerificationRecord | None, now: datetime
    ) -> bool:
        if status.entries == 0:
            return False
        if verification is None:
            return now - status.created_at >= self._rules.first_after
        if verification.settled and verification.entries == status.entries:
            return False
        return now - verification.verified_at >= self._rules.every
