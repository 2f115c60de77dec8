"""The alert life cycle as a pure fold: evaluations in; opened, repeated, resolved alerts out."""

from collections.abc import Collection, Iterable, Iterator, Mapping
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
    running = _advance(timers, alerts, evaluated, now, wall)
    resolved = _resolve_alerts(alerts, rules, evaluated, running, policy, now, wall)
    resolved_keys = {alert.key for alert in resolved}
    step = AlertStep(
        opened=tuple(_open_alerts(rules, evaluated, running, now, wall)),
        repeated=tuple(
            _repeat_alert(alert, evaluated[key], wall)
            for key, alert in alerts.items()
            if key in evaluated
            and evaluated[key].broken
            and key not in resolved_keys
            and _is_due(alert, policy, now - running.notified_since[key])
        ),
        resolved=tuple(resolved),
    )
    return _settle(running, step, now), step


def _advance(
    timers: AlertTimers,
    alerts: Mapping[AlertKey, Alert],
    evaluated: Mapping[AlertKey, RuleEvaluation],
    now: datetime,
    wall: datetime,
) -> AlertTimers:
    """Start the timers of what the evaluations found, keep those that run, drop all others."""
    return AlertTimers(
        broken_since={
            key: timers.broken_since.get(key, evaluation.at)
            for key, evaluation in evaluated.items()
            if evaluation.broken and key not in alerts
        },
        kept_since={
            key: timers.kept_since.get(key, now)
            for key, evaluation in evaluated.items()
            if not evaluation.broken and key in alerts
        },
        silent_since={
            key: timers.silent_since.get(key, now) for key in alerts if key not in evaluated
        },
        notified_since={
            key: timers.notified_since.get(key, now - max(timedelta(0), wall - alert.notified_at))
            for key, alert in alerts.items()
        },
    )


def _settle(timers: AlertTimers, step: AlertStep, now: datetime) -> AlertTimers:
    """Stop the timers that opened or resolved an alert, and restart those of notifications."""
    resolved = {alert.key for alert in step.resolved}
    changed = resolved | {alert.key for alert in step.opened}
    notified = {alert.key: now for alert in (*step.opened, *step.repeated)}
    return AlertTimers(
        broken_since=_without(timers.broken_since, changed),
        kept_since=_without(timers.kept_since, changed),
        silent_since=_without(timers.silent_since, changed),
        notified_since=_without(timers.notified_since, resolved) | notified,
    )


def _without(
    times: Mapping[AlertKey, datetime], keys: Collection[AlertKey]
) -> dict[AlertKey, datetime]:
    return {key: time for key, time in times.items() if key not in keys}


def _open_alerts(
    rules: Mapping[str, AlertRule],
    evaluated: Mapping[AlertKey, RuleEvaluation],
    timers: AlertTimers,
    now: datetime,
    wall: datetime,
) -> Iterator[Alert]:
    """Yield an alert for each rule that has been broken for as long as it allows."""
    for key, since in timers.broken_since.items():
        rule = rules[key.rule]
        if evaluated[key].until - since >= timedelta(seconds=rule.for_s):
            yield _open_alert(rule, evaluated[key], now - since, wall)


def _resolve_alerts(
    alerts: Mapping[AlertKey, Alert],
    rules: Mapping[str, AlertRule],
    evaluated: Mapping[AlertKey, RuleEvaluation],
    timers: AlertTimers,
    policy: NotificationPolicy,
    now: datetime,
    wall: datetime,
) -> list[Alert]:
    kept_since, silent_since = timers.kept_since, timers.silent_since
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
