"""Rules put to readings: who breaks them now, and by what."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from utils.alerts.alert import AlertKey
from utils.alerts.readings import Readings
from utils.alerts.rule import AbsenceRule, RateRule, Rule, ThresholdRule


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a subject breaks a rule now. `evidence` is the figure, for people.

    `at` is when the figure was taken, or went missing; `until` to when it is known to be so.
    """

    key: AlertKey
    broken: bool
    evidence: str
    at: datetime
    until: datetime


def windows_of(rules: Iterable[Rule]) -> dict[str, timedelta]:
    """Return of which figures readings must know the past."""
    windows: dict[str, timedelta] = {}
    for rule in rules:
        if isinstance(rule, RateRule):
            within = timedelta(seconds=rule.within_s)
            windows[rule.figure] = max(within, windows.get(rule.figure, within))
    return windows


def judge(rules: Iterable[Rule], readings: Readings, now: datetime) -> list[Judgement]:
    """Put every rule to every subject of which something is known."""
    return [
        judgement
        for rule in rules
        if rule.enabled
        for judgement in _judge_rule(rule, readings, now)
    ]


def _judge_rule(rule: Rule, readings: Readings, now: datetime) -> Iterator[Judgement]:
    if isinstance(rule, ThresholdRule):
        return _thresholds(rule, readings, now)
    if isinstance(rule, RateRule):
        return _rates(rule, readings, now)
    return _absences(rule, readings, now)


def _thresholds(rule: ThresholdRule, readings: Readings, now: datetime) -> Iterator[Judgement]:
    for subject, sample in readings.fresh(rule.figure, now).items():
        if rule.is_about(subject):
            yield Judgement(
                key=AlertKey(rule.name, subject),
                broken=rule.is_broken_by(sample.value),
                evidence=f"{rule.figure} {plain(sample.value)}, {_bound(rule)}",
                at=sample.time,
                until=sample.time,
            )


def _rates(rule: RateRule, readings: Readings, now: datetime) -> Iterator[Judgement]:
    within = timedelta(seconds=rule.within_s)
    for subject, sample in readings.fresh(rule.figure, now).items():
        if rule.is_about(subject):
            grown = readings.growth(sample, within)
            yield Judgement(
                key=AlertKey(rule.name, subject),
                broken=rule.is_broken_by(grown),
                evidence=f"{rule.figure} grew by {plain(grown)} within {rule.within_s:g} s, "
                f"{_bound(rule)}",
                at=sample.time,
                until=sample.time,
            )


def _absences(rule: AbsenceRule, readings: Readings, now: datetime) -> Iterator[Judgement]:
    if readings.sighted_since is None:
        return
    heard = {
        subject: sample.time
        for subject, sample in readings.of(rule.figure).items()
        # One not heard of since we listen may have been taken away before.
        if rule.is_about(subject) and sample.time >= readings.began_at
    }
    if not rule.is_about_many:
        heard.setdefault(rule.subject, readings.began_at)
    for subject, last in heard.items():
        silent_since = max(last, readings.sighted_since)
        silent_s = (now - silent_since).total_seconds()
        yield Judgement(
            key=AlertKey(rule.name, subject),
            broken=silent_s > rule.after_s,
            evidence=f"no {rule.figure} for {silent_s:.0f} s, may be {rule.after_s:g} s",
            at=silent_since,
            until=now,
        )


def _bound(rule: ThresholdRule | RateRule) -> str:
    if rule.below is not None:
        return f"must not be below {plain(rule.below)}"
    return f"must not be above {plain(rule.above or 0.0)}"


def plain(value: float) -> str:
    """Return a number for people: `1,234,567`, `0.25`."""
    return f"{value:,.0f}" if abs(value) >= 1_000 or value == int(value) else f"{value:.3g}"
