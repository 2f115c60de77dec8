"""The alert life cycle as a pure fold: evaluations in; opened, repeated, resolved alerts out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from utils.alerts.alert import Alert, AlertKey, Severity
from utils.alerts.ports import AlertStep
from utils.alerts.rules.evaluation import RuleEvaluation
from utils.alerts.rules.rule import AlertRule


class NotificationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The interval after which an unacknowledged alert is repeated; None: never.

    An alert without readings for `resolve_after` is resolved.
    """

    repeat_after: timedelta | None = timedelta(hours=1)
    resolve_after: timedelta = timedelta(hours=1)


class AlertTimers(msgspec.Struct, frozen=True, kw_only=True):
    """State kept between polls: since when rules are broken, kept, without readings, and notified.

    `broken_since` covers subjects without an alert, the others open alerts; `notified_since` is the
    last notification. All are steady times: the wall clock may jump.
    """

    broken_since: dict[AlertKey, datetime] = {}
    kept_since: dict[AlertKey, datetime] = {}
    silent_since: dict[AlertKey, datetime] = {}
    notified_since: dict[AlertKey, datetime] = {}


def fold(
    timers: AlertTimers,
    alerts: Mapping[AlertKey, Alert],
    rules: Mapping[str, AlertRule],
    evaluations: Iterable[RuleEvaluation],
    policy: NotificationPolicy,
    now: datetime,
    wall: datetime,
) -> tuple[AlertTimers, AlertStep]:
    """Return the new timers and what changed. `alerts` are the open ones.

    `now` is the steady time of evaluations and timers, by which all durations are measured; alerts
    carry the time of the `wall` clock.
    """
    evaluated = {evaluation.key: evaluation for evaluation in evaluations}
    broken_since = {
        key: timers.broken_since.get(key, evaluation.at)
        for key, evaluation in evaluated.items()
        if evaluation.broken and key not in alerts
    }
    kept_since = {
        key: timers.kept_since.get(key, now)
        for key, evaluation in evaluated.items()
        if not evaluation.broken and key in alerts
    }
    silent_since = {
        key: timers.silent_since.get(key, now) for key in alerts if key not in evaluated
    }
    notified_since = {
        key: timers.notified_since.get(key, now - max(timedelta(0), wall - alert.notified_at))
        for key, alert in alerts.items()
    }
    opened = [
        _open_alert(rules[key.rule], evaluated[key], now - since, wall)
        for key, since in broken_since.items()
        if evaluated[key].until - since >= timedelta(seconds=rules[key.rule].for_s)
    ]
    resolved = _resolve_alerts(
        alerts, rules, evaluated, kept_since, silent_since, policy, now, wall
    )
    resolved_keys = {alert.key for alert in resolved}
    repeated = [
        _repeat_alert(alert, evaluated[key], wall)
        for key, alert in alerts.items()
        if key not in resolved_keys
        and key in evaluated
        and evaluated[key].broken
        and _is_due(alert, policy, now - notified_since[key])
    ]
    notified_since |= {alert.key: now for alert in (*opened, *repeated)}
    for key in resolved_keys:
        notified_since.pop(key, None)
    for key in resolved_keys | {alert.key for alert in opened}:
        for times in (broken_since, kept_since, silent_since):
            times.pop(key, None)
    new = AlertTimers(
        broken_since=broken_since,
        kept_since=kept_since,
        silent_since=silent_since,
        notified_since=notified_since,
    )
    step = AlertStep(opened=tuple(opened), repeated=tuple(repeated), resolved=tuple(resolved))
    return new, step


def _resolve_alerts(
    alerts: Mapping[AlertKey, Alert],
    rules: Mapping[str, AlertRule],
    evaluated: Mapping[AlertKey, RuleEvaluation],
    kept_since: Mapping[AlertKey, datetime],
    silent_since: Mapping[AlertKey, datetime],
    policy: NotificationPolicy,
    now: datetime,
    wall: datetime,
) -> list[Alert]:
    resolutions: dict[AlertKey, str] = {}
    for key in alerts:
        rule = rules.get(key.rule)
        if rule is None or not rule.enabled:
            resolutions[key] = "the rule was removed or disabled"
        elif key in kept_since and now - kept_since[key] >= timedelta(seconds=rule.clear_s):
            resolutions[key] = evaluated[key].evidence
        elif key in silent_since and now - silent_since[key] >= policy.resolve_after:
            resolutions[key] = "no readings any more"
    return [
        msgspec.structs.replace(alerts[key], resolved_at=wall, resolution=resolution)
        for key, resolution in resolutions.items()
    ]


def _open_alert(
    rule: AlertRule, evaluation: RuleEvaluation, duration: timedelta, wall: datetime
) -> Alert:
    return Alert(
        rule=rule.name,
        subject=evaluation.key.subject,
        severity=rule.severity,
        summary=rule.summary.replace("{subject}", evaluation.key.subject.partition(":")[2]),
        evidence=evaluation.evidence,
        remedy=rule.name,
        since=wall - duration,
        opened_at=wall,
        notified_at=wall,
    )


def _repeat_alert(alert: Alert, evaluation: RuleEvaluation, wall: datetime) -> Alert:
    return msgspec.structs.replace(
        alert,
        notified_at=wall,
        notification_count=alert.notification_count + 1,
        evidence=evaluation.evidence,
    )


def _is_due(alert: Alert, policy: NotificationPolicy, waited: timedelta) -> bool:
    if policy.repeat_after is None or alert.severity is Severity.INFO:
        return False
    return alert.acknowledged_at is None and waited >= policy.repeat_after
