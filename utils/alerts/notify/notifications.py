"""Build and reschedule deliveries: severities, mutes, quiet hours, retries."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, time, timedelta

import msgspec

from utils.alerts.alert import Alert, AlertKey, Mute, Severity
from utils.alerts.delivery import Delivery, DeliveryState, NotificationKind
from utils.alerts.notify.formats import format_body, format_title
from utils.alerts.ports import AlertStep

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
FIRST_RETRY = timedelta(seconds=10)
MAX_RETRY_DELAY = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=24)


class QuietHours(msgspec.Struct, frozen=True):
    """From `start` to `end`, UTC, also over midnight, only critical alerts are delivered."""

    start: time
    end: time

    def end_of(self, now: datetime) -> datetime | None:
        """Return when the current quiet hours end, None outside quiet hours."""
        clock = now.time()
        if self.start <= self.end:
            quiet = self.start <= clock < self.end
        else:
            quiet = clock >= self.start or clock < self.end
        if not quiet:
            return None
        today = now.replace(
            hour=self.end.hour, minute=self.end.minute, second=self.end.second, microsecond=0
        )
        return today if today > now else today + timedelta(days=1)


class ChannelPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """One channel: its least severity, and its quiet hours."""

    channel: str
    least: Severity = Severity.WARNING
    quiet: QuietHours | None = None

    def accepts(self, alert: Alert) -> bool:
        """Return whether an alert is severe enough for the channel."""
        return _RANKS[alert.severity] >= _RANKS[self.least]


def build_deliveries(
    step: AlertStep,
    channel_policies: Iterable[ChannelPolicy],
    mutes: Collection[Mute],
    waiting: Collection[Delivery],
    now: datetime,
) -> list[Delivery]:
    """Return the deliveries that a step causes; obsolete ones are returned as dropped.

    `waiting` are the messages in the outbox: if an opening was not attempted yet, it is dropped and
    its resolution is not sent.
    """
    messages: list[Delivery] = []
    for channel_policy in channel_policies:
        for kind, alert in _changes(step):
            held = _find_pending(waiting, channel_policy.channel, alert)
            if kind is NotificationKind.RESOLVED and held:
                messages += [_dropped(delivery, now) for delivery in held]
            elif channel_policy.accepts(alert) and not _is_muted(alert.key, mutes, now):
                messages.append(_build_delivery(channel_policy, kind, alert, now))
    return messages


def after_success(delivery: Delivery, now: datetime) -> Delivery:
    """Return the delivery as sent."""
    return msgspec.structs.replace(
        delivery,
        state=DeliveryState.SENT,
        attempts=delivery.attempts + 1,
        problem="",
        settled_at=now,
    )


def after_failure(delivery: Delivery, problem: str, now: datetime, *, lasting: bool) -> Delivery:
    """Return the delivery after a failed attempt: waiting for a retry, or failed for good."""
    gives_up = lasting or now - delivery.made_at >= GIVE_UP_AFTER
    pause = min(MAX_RETRY_DELAY, FIRST_RETRY * 2 ** min(delivery.attempts, 10))
    return msgspec.structs.replace(
        delivery,
        state=DeliveryState.FAILED if gives_up else DeliveryState.WAITING,
        attempts=delivery.attempts + 1,
        problem=problem[:300],
        due_at=delivery.due_at if gives_up else now + pause,
        settled_at=now if gives_up else None,
    )


def _changes(step: AlertStep) -> Iterator[tuple[NotificationKind, Alert]]:
    yield from ((NotificationKind.OPENED, alert) for alert in step.opened)
    yield from ((NotificationKind.REPEATED, alert) for alert in step.repeated)
    yield from ((NotificationKind.RESOLVED, alert) for alert in step.resolved)


def _find_pending(waiting: Collection[Delivery], channel: str, alert: Alert) -> list[Delivery]:
    """Return a channel's unattempted deliveries of an alert, if its opening is among them."""
    about = [
        each
        for each in waiting
        if (each.channel, each.rule, each.subject, each.opened_at)
        == (channel, alert.rule, alert.subject, alert.opened_at)
        and each.attempts == 0
    ]
    return about if any(each.kind is NotificationKind.OPENED for each in about) else []


def _build_delivery(
    channel_policy: ChannelPolicy, kind: NotificationKind, alert: Alert, now: datetime
) -> Delivery:
    quiet_until = channel_policy.quiet.end_of(now) if channel_policy.quiet else None
    waits = quiet_until is not None and alert.severity is not Severity.CRITICAL
    return Delivery(
        made_at=now,
        rule=alert.rule,
        subject=alert.subject,
        opened_at=alert.opened_at,
        kind=kind,
        channel=channel_policy.channel,
        severity=alert.severity,
        title=format_title(alert, kind),
        body=format_body(alert, kind),
        due_at=quiet_until if waits and quiet_until else now,
    )


def _dropped(delivery: Delivery, now: datetime) -> Delivery:
    return msgspec.structs.replace(delivery, state=DeliveryState.DROPPED, settled_at=now)


def _is_muted(key: AlertKey, mutes: Collection[Mute], now: datetime) -> bool:
    return any(mute.covers(key, now) for mute in mutes)
