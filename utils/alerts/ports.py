"""The store that alerts need. Implemented above, in `database`, and by test fakes.

Every method may raise ServiceUnavailable (try again later) and ServiceFault (our fault).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

import msgspec

from utils.alerts.alert import Alert, AlertKey, Mute
from utils.alerts.delivery import Delivery


class AlertStep(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one poll: opened, repeated and resolved alerts, and deliveries."""

    opened: tuple[Alert, ...] = ()
    repeated: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.opened or self.repeated or self.resolved or self.deliveries)


class AlertRepository(ABC):
    """Alerts, acknowledgements, mutes and the outbox."""

    @abstractmethod
    def open(self) -> list[Alert]:
        """Return the alerts that are open, the oldest first."""

    @abstractmethod
    def history(self, start: datetime, end: datetime, limit: int) -> list[Alert]:
        """Return alerts opened in [start, end), open and resolved, the newest first."""

    @abstractmethod
    def take(self, step: AlertStep) -> None:
        """Store a step in one transaction; idempotent.

        An alert that is open already is not opened again. Acknowledgements are left alone.
        """

    @abstractmethod
    def acknowledge(self, key: AlertKey, by: str, at: datetime) -> Alert:
        """Acknowledge an alert, so that it is not repeated. Raises AlertMissing."""

    @abstractmethod
    def mute(self, mute: Mute) -> None:
        """Add a mute; it replaces an earlier mute of the same rule and subject."""

    @abstractmethod
    def unmute(self, rule: str, subject: str) -> None:
        """Remove the mute of exactly this rule and subject, if there is one."""

    @abstractmethod
    def mutes(self, now: datetime) -> list[Mute]:
        """Return the active mutes, by rule and subject."""

    @abstractmethod
    def due(self, now: datetime, limit: int) -> list[Delivery]:
        """Return waiting messages that are due, those that waited longest first."""

    @abstractmethod
    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Store the states of messages; those not in the outbox are added."""

    @abstractmethod
    def deliveries(self, limit: int) -> list[Delivery]:
        """Return messages of any state, the newest first."""

    @abstractmethod
    def newest_by_channel(self) -> list[Delivery]:
        """Return the newest message of each channel, by its name."""

    @abstractmethod
    def newest_of(self, alerts: Sequence[Alert]) -> list[Delivery]:
        """Return for each alert the newest message to each channel, the newest first."""

    @abstractmethod
    def prune(self, before: datetime, limit: int) -> int:
        """Remove resolved alerts and settled messages that are older, at most `limit` of each kind.

        Expired mutes are removed, too. Returns the number of rows removed.
        """
