"""Outbox entries: one notification to one channel, and its delivery state."""

from datetime import datetime
from enum import StrEnum

import msgspec

from utils.alerts.alert import Severity


class NotificationKind(StrEnum):
    """The event that caused a notification."""

    OPENED = "opened"
    REPEATED = "repeated"
    RESOLVED = "resolved"
    TEST = "test"


class DeliveryState(StrEnum):
    """WAITING: to be tried at `due_at`. FAILED: given up. DROPPED: obsolete before it was sent."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one channel. The first six fields identify it; a duplicate is not stored.

    `subject`, `rule` and `opened_at` are the alert's; for a test they are empty and `made_at`.
    """

    made_at: datetime
    rule: str
    subject: str
    opened_at: datetime
    kind: NotificationKind
    channel: str
    severity: Severity
    title: str
    body: str
    due_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    problem: str = ""
    settled_at: datetime | None = None

    @property
    def identity(self) -> tuple[datetime, str, str, datetime, NotificationKind, str]:
        """Return the fields that identify the delivery."""
        return (
            self.made_at, self.rule, self.subject, self.opened_at, self.kind, self.channel
        )  # fmt: skip
