"""What alerts need of a store. Implemented above, in `database`, and by test fakes.

Every method may raise ServiceUnavailable (try again later) and ServiceFault (our fault).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

import msgspec

from utils.alerts.alert import Alert, AlertKey, Mute
from utils.alerts.delivery import Delivery


class AlertStep(msgspec.Struct, frozen=True, kw_only=True):
    """All that one look at the rules changed: alerts as they are now, and what is to be told."""

    opened: tuple[Alert, ...] = ()
    told: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.opened or self.told or self.resolved or self.deliveries)


class AlertRepository(ABC):
    """Alerts, who saw them, who is spared them, and the outbox."""

    @abstractmethod
    def open(self) -> list[Alert]:
        """Return the alerts that are open, the oldest first."""

    @abstractmethod
    def history(self, start: datetime, end: datetime, limit: int) -> list[Alert]:
        """Return alerts opened in [start, end), open and resolved, the newest first."""

    @abstractmethod
    def take(self, step: AlertStep) -> None:
        """Store a step in one transaction; idempotent.

        One that is open already is not opened again. Acknowledgements are left alone.
        """

    @abstractmethod
    def acknowledge(self, key: AlertKey, by: str, at: datetime) -> Alert:
        """Take note that somebody saw it: it is not repeated. Raises AlertMissing."""

    @abstractmethod
    def mute(self, mute: Mute) -> None:
        """Spare everybody alerts for a while, in place of an earlier mute of the same words."""

    @abstractmethod
    def unmute(self, rule: str, subject: str) -> None:
        """End a mute, given in its own words; none is left afterwards."""

    @abstractmethod
    def mutes(self, now: datetime) -> list[Mute]:
        """Return the mutes that are in force, by rule and subject."""

    @abstractmethod
    def enqueue(self, deliveries: Sequence[Delivery]) -> None:
        """Put messages into the outbox; one that is in it already is left alone."""

    @abstractmethod
    def due(self, now: datetime, limit: int) -> list[Delivery]:
        """Return waiting messages whose time has come, those that waited longest first."""

    @abstractmethod
    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Store what became of messages; those not in the outbox are put there."""

    @abstractmethod
    def deliveries(self, limit: int) -> list[Delivery]:
        """Return messages of any state, the newest first."""

    @abstractmethod
    def newest_by_channel(self) -> list[Delivery]:
        """Return the newest message of each channel, by its name."""

    @abstractmethod
    def newest_of(self, alerts: Sequence[Alert]) -> list[Delivery]:
        """Return of each alert the newest message to each channel, the newest first."""

    @abstractmethod
    def prune(self, before: datetime, limit: int) -> int:
        """Remove resolved alerts and settled messages that are older, at most `limit` of each kind.

        Returns how many went; mutes that are over go, too.
        """
