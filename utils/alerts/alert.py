"""Alerts, their severity and key, and mutes."""

from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec


class Severity(StrEnum):
    """INFO: no action needed. WARNING: act soon. CRITICAL: data, money or the platform at risk."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertKey(msgspec.Struct, frozen=True, order=True):
    """Rule and subject of an alert: at most one alert of it is open."""

    rule: str
    subject: str


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that a subject breaks, from `opened_at` until `resolved_at`.

    `since` is when the rule was first broken. `evidence` is the last notified value, `remedy` a
    heading of docs/operations.md. `notified_at` is the time of the last notification.
    """

    rule: str
    subject: str
    severity: Severity
    summary: str
    evidence: str
    remedy: str
    since: datetime
    opened_at: datetime
    notified_at: datetime
    notification_count: int = 1
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    resolved_at: datetime | None = None
    resolution: str = ""

    @property
    def key(self) -> AlertKey:
        """Return rule and subject."""
        return AlertKey(self.rule, self.subject)


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """Suppresses the delivery of matching alerts until its end; they are still shown.

    Rule and subject may be `*`.
    """

    rule: str
    subject: str
    until: datetime
    by: str
    reason: str
    made_at: datetime

    def covers(self, key: AlertKey, now: datetime) -> bool:
        """Return whether the mute applies to an alert now."""
        matches = fnmatchcase(key.rule, self.rule) and fnmatchcase(key.subject, self.subject)
        return now < self.until and matches
