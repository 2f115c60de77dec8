"""The life of alerts as a pure fold: judgements in, what opens, is told again and resolves out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from utils.alerts.alert import Alert, AlertKey, Severity
from utils.alerts.judging import Judgement
from utils.alerts.ports import AlertStep
from utils.alerts.rule import Rule


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """After what time an alert that nobody acknowledged is told again; None: never.

    One of which nothing was heard for `forget_after` is resolved.
    """

    repeat_after: timedelta | None = timedelta(hours=1)
    forget_after: timedelta = timedelta(hours=1)


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered from one look to the next: since when rules are broken, kept, unheard of.

    The first is of those without an alert, the others of those with one; `told_since` is when
    somebody was last told. All are steady times: the wall clock may jump.
    """

    broken_since: dict[AlertKey, datetime] = {}
    kept_since: dict[AlertKey, datetime] = {}
    unheard_since: dict[AlertKey, datetime] = {}
    told_since: dict[AlertKey, datetime] = {}


def fold(
    watch: Watch,
    alerts: Mapping[AlertKey, Alert],
    rules: Mapping[str, Rule],
    judgements: Iterable[Judgement],
    policy: Policy,
    now: datetime,
    wall: datetime,
) -> tuple[Watch, AlertStep]:
    """Return what to remember, and what changed. `alerts` are those that are open.

    `now` is the steady time of judgements and watch, by which all spans are measured; alerts carry
    the time of the `wall` clock.
    """
    judged = {judgement.key: judgement for judgement in judgements}
    broken_since = {
        key: watch.broken_since.get(key, judgement.at)
        for key, judgement in judged.items()
        if judgement.broken and key not in alerts
    }
    kept_since = {
        key: watch.kept_since.get(key, now)
        for key, judgement in judged.items()
        if not judgement.broken and key in alerts
    }
    unheard_since = {key: watch.unheard_since.get(key, now) for key in alerts if key not in judged}
    told_since = {
        key: watch.told_since.get(key, now - max(timedelta(0), wall - alert.told_at))
        for key, alert in alerts.items()
    }
    opened = [
        _opened(rules[key.rule], judged[key], now - since, wall)
        for key, since in broken_since.items()
        if judged[key].until - since >= timedelta(seconds=rules[key.rule].for_s)
    ]
    resolved = _resolved(alerts, rules, judged, kept_since, unheard_since, policy, now, wall)
    over = {alert.key for alert in resolved}
    told = [
        _told_again(alert, judged[key], wall)
        for key, alert in alerts.items()
        if key not in over
        and key in judged
        and judged[key].broken
        and _is_due(alert, policy, now - told_since[key])
    ]
    told_since |= {alert.key: now for alert in (*opened, *told)}
    for key in over:
        told_since.pop(key, None)
    for key in over | {alert.key for alert in opened}:
        for times in (broken_since, kept_since, unheard_since):
            times.pop(key, None)
    new = Watch(
        broken_since=broken_since,
        kept_since=kept_since,
        unheard_since=unheard_since,
        told_since=told_since,
    )
    step = AlertStep(opened=tuple(opened), told=tuple(told), resolved=tuple(resolved))
    return new, step


def _resolved(
    alerts: Mapping[AlertKey, Alert],
    rules: Mapping[str, Rule],
    judged: Mapping[AlertKey, Judgement],
    kept_since: Mapping[AlertKey, datetime],
    unheard_since: Mapping[AlertKey, datetime],
    policy: Policy,
    now: datetime,
    wall: datetime,
) -> list[Alert]:
    endings: dict[AlertKey, str] = {}
    for key in alerts:
        rule = rules.get(key.rule)
        if rule is None or not rule.enabled:
            endings[key] = "the rule is no longer in force"
        elif key in kept_since and now - kept_since[key] >= timedelta(seconds=rule.clear_s):
            endings[key] = judged[key].evidence
        elif key in unheard_since and now - unheard_since[key] >= policy.forget_after:
            endings[key] = "nothing is heard of it any more"
    return [
        msgspec.structs.replace(alerts[key], resolved_at=wall, resolution=words)
        for key, words in endings.items()
    ]


def _opened(rule: Rule, judgement: Judgement, lasts: timedelta, wall: datetime) -> Alert:
    return Alert(
        rule=rule.name,
        subject=judgement.key.subject,
        severity=rule.severity,
        summary=rule.summary.replace("{subject}", judgement.key.subject.partition(":")[2]),
        evidence=judgement.evidence,
        remedy=rule.name,
        since=wall - lasts,
        opened_at=wall,
        told_at=wall,
    )


def _told_again(alert: Alert, judgement: Judgement, wall: datetime) -> Alert:
    return msgspec.structs.replace(
        alert, told_at=wall, told=alert.told + 1, evidence=judgement.evidence
    )


def _is_due(alert: Alert, policy: Policy, waited: timedelta) -> bool:
    if policy.repeat_after is None or alert.severity is Severity.INFO:
        return False
    return alert.acknowledged_at is None and waited >= policy.repeat_after
