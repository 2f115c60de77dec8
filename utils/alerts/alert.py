"""What is wrong, of whom, and since when."""

from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec


class Severity(StrEnum):
    """INFO: good to know. WARNING: look soon. CRITICAL: data, money or the platform is at stake."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertKey(msgspec.Struct, frozen=True, order=True):
    """Which rule is broken by whom: at most one alert of it is open."""

    rule: str
    subject: str


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that a subject breaks, from `opened_at` until `resolved_at`.

    `since` is when it began to break it. `evidence` is the figure as it was last told, `remedy` a
    heading of docs/operations.md. `told` counts how often it was told, last at `told_at`.
    """

    rule: str
    subject: str
    severity: Severity
    summary: str
    evidence: str
    remedy: str
    since: datetime
    opened_at: datetime
    told_at: datetime
    told: int = 1
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    resolved_at: datetime | None = None
    resolution: str = ""

    @property
    def key(self) -> AlertKey:
        """Return rule and subject."""
        return AlertKey(self.rule, self.subject)


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of a rule and of matching subjects are shown, but not delivered, until then.

    Both may hold `*`.
    """

    rule: str
    subject: str
    until: datetime
    by: str
    reason: str
    made_at: datetime

    def covers(self, key: AlertKey, now: datetime) -> bool:
        """Tell whether an alert is muted now."""
        matches = fnmatchcase(key.rule, self.rule) and fnmatchcase(key.subject, self.subject)
        return now < self.until and matches
