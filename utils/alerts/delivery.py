"""What is told to whom, and whether it arrived: the outbox."""

from datetime import datetime
from enum import StrEnum

import msgspec

from utils.alerts.alert import Severity


class NotificationKind(StrEnum):
    """Why something is told."""

    OPENED = "opened"
    REPEATED = "repeated"
    RESOLVED = "resolved"
    TEST = "test"


class DeliveryState(StrEnum):
    """WAITING: to be tried at `due_at`. FAILED: given up. DROPPED: no longer worth telling."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one channel. The first six fields name it: what is stored is not stored twice.

    `subject`, `rule` and `opened_at` are the alert's; of a test they are empty and `made_at`.
    """

    made_at: datetime
    rule: str
    subject: str
    opened_at: datetime
    occasion: NotificationKind
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
        """Return what tells it from every other."""
        return (
            self.made_at, self.rule, self.subject, self.opened_at, self.occasion, self.channel
        )  # fmt: skip
