"""Evaluate rules against readings: which subjects break a rule now, with the evidence."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from utils.alerts.alert import AlertKey
from utils.alerts.rules.readings import Readings
from utils.alerts.rules.rule import AbsenceRule, AlertRule, RateRule, ThresholdRule


class RuleEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a subject breaks a rule now. `evidence` is the value, as readable text.

    `at` is when the value was measured, or went missing; the result holds until `until`.
    """

    key: AlertKey
    broken: bool
    evidence: str
    at: datetime
    until: datetime


def windows_of(rules: Iterable[AlertRule]) -> dict[str, timedelta]:
    """Return the metrics whose past values the readings must keep, and for how long."""
    windows: dict[str, timedelta] = {}
    for rule in rules:
        if isinstance(rule, RateRule):
            within = timedelta(seconds=rule.within_s)
            windows[rule.metric] = max(within, windows.get(rule.metric, within))
    return windows


def evaluate_rules(
    rules: Iterable[AlertRule], readings: Readings, now: datetime
) -> list[RuleEvaluation]:
    """Evaluate every enabled rule for every subject with readings."""
    return [
        evaluation
        for rule in rules
        if rule.enabled
        for evaluation in _evaluate_rule(rule, readings, now)
    ]


def _evaluate_rule(rule: AlertRule, readings: Readings, now: datetime) -> Iterator[RuleEvaluation]:
    if isinstance(rule, ThresholdRule):
        return _thresholds(rule, readings, now)
    if isinstance(rule, RateRule):
        return _rates(rule, readings, now)
    return _absences(rule, readings, now)


def _thresholds(rule: ThresholdRule, readings: Readings, now: datetime) -> Iterator[RuleEvaluation]:
    for subject, sample in readings.fresh(rule.metric, now).items():
        if rule.is_about(subject):
            yield RuleEvaluation(
                key=AlertKey(rule.name, subject),
                broken=rule.is_broken_by(sample.value),
                evidence=f"{rule.metric} {format_number(sample.value)}, {_bound(rule)}",
                at=sample.time,
                until=sample.time,
            )


def _rates(rule: RateRule, readings: Readings, now: datetime) -> Iterator[RuleEvaluation]:
    within = timedelta(seconds=rule.within_s)
    for subject, sample in readings.fresh(rule.metric, now).items():
        if rule.is_about(subject):
            grown = readings.growth(sample, within)
            yield RuleEvaluation(
                key=AlertKey(rule.name, subject),
                broken=rule.is_broken_by(grown),
                evidence=f"{rule.metric} rose by {format_number(grown)} "
                f"within {rule.within_s:g} s, "
                f"{_bound(rule)}",
                at=sample.time,
                until=sample.time,
            )


def _absences(rule: AbsenceRule, readings: Readings, now: datetime) -> Iterator[RuleEvaluation]:
    if readings.readable_since is None:
        return
    last_seen = {
        subject: sample.time
        for subject, sample in readings.of(rule.metric).items()
        # A subject last seen before `began_at` may have been removed before then.
        if rule.is_about(subject) and sample.time >= readings.began_at
    }
    if not rule.is_about_many:
        last_seen.setdefault(rule.subject, readings.began_at)
    for subject, last in last_seen.items():
        silent_since = max(last, readings.readable_since)
        silent_s = (now - silent_since).total_seconds()
        yield RuleEvaluation(
            key=AlertKey(rule.name, subject),
            broken=silent_s > rule.after_s,
            evidence=f"no {rule.metric} for {silent_s:.0f} s, at most {rule.after_s:g} s allowed",
            at=silent_since,
            until=now,
        )


def _bound(rule: ThresholdRule | RateRule) -> str:
    if rule.below is not None:
        return f"minimum {format_number(rule.below)}"
    return f"maximum {format_number(rule.above or 0.0)}"


def format_number(value: float) -> str:
    """Format a number for display: `1,234,567`, `0.25`."""
    return f"{value:,.0f}" if abs(value) >= 1_000 or value == int(value) else f"{value:.3g}"
