"""Alerts as text: what, since when, on what evidence, and what to do."""

from datetime import datetime

from utils.alerts.alert import Alert, Severity
from utils.alerts.delivery import Delivery, NotificationKind

RUNBOOK = "docs/operations.md"
_LABELS = {
    NotificationKind.OPENED: "",
    NotificationKind.REPEATED: "still: ",
    NotificationKind.RESOLVED: "resolved: ",
}


def format_title(alert: Alert, kind: NotificationKind) -> str:
    """Return the title line: `critical: still: the disk of this machine is full`."""
    return f"{alert.severity}: {_LABELS[kind]}{alert.summary}"


def format_body(alert: Alert, kind: NotificationKind) -> str:
    """Return all details, one per line. Times are UTC."""
    lines = [f"what: {alert.summary} ({alert.subject})", f"since: {_time(alert.since)}"]
    if kind is NotificationKind.RESOLVED and alert.resolved_at is not None:
        lines += [f"until: {_time(alert.resolved_at)}", f"now: {alert.resolution}"]
    else:
        lines += [f"evidence: {alert.evidence}", f"what to do: {runbook_entry(alert.remedy)}"]
    return "\n".join(lines)


def runbook_entry(remedy: str) -> str:
    """Return the runbook section of a remedy."""
    return f"{RUNBOOK}#{remedy}"


def build_test_delivery(channel: str, by: str, now: datetime) -> Delivery:
    """Return a message that only tests whether a channel works."""
    return Delivery(
        made_at=now,
        rule="",
        subject="",
        opened_at=now,
        kind=NotificationKind.TEST,
        channel=channel,
        severity=Severity.INFO,
        title="test: alerts of Truetape are sent to this channel",
        body=f"requested by {by} at {_time(now)}; there is no problem",
        due_at=now,
    )


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
