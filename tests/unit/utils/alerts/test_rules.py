"""Rules are validated when they are read; what they evaluate to."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from config import load_model
from utils.alerts import AbsenceRule, AlertRules, RateRule, ThresholdRule
from utils.alerts.rules.evaluation import evaluate_rules, windows_of
from utils.alerts.rules.readings import Readings
from utils.errors import ConfigError
from utils.telemetry import Sample

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BASE = {"name": "a-rule", "subject": "x:*", "metric": "f", "summary": "{subject} is ill"}


def sample(value: float, after_s: float = 0, subject: str = "x:1") -> Sample:
    return Sample(subject=subject, name="f", time=NOON + after_s * SECOND, value=value)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (BASE | {"kind": "threshold"}, "either `below` or `above`"),
        (BASE | {"kind": "threshold", "below": 1, "above": 2}, "either `below` or `above`"),
        (BASE | {"kind": "rate", "above": 2}, "within_s"),
        (BASE | {"kind": "guess"}, "guess"),
        (BASE | {"kind": "threshold", "above": 1, "name": "No Spaces"}, "pattern"),
        (BASE | {"kind": "threshold", "above": 1, "sevrity": "info"}, "sevrity"),
        (BASE | {"kind": "threshold", "above": 1, "severity": "loud"}, "severity"),
    ],
)
def test_a_wrong_rule_is_refused_naming_what_is_wrong(
    tmp_path: Path, rule: dict[str, object], problem: str
) -> None:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"rules": [rule]}))
    with pytest.raises(ConfigError) as caught:
        load_model(path, AlertRules)
    assert problem in str(caught.value)
    assert "rules.0" in str(caught.value)


def test_the_metric_of_a_rule_may_have_its_earlier_name() -> None:
    named = ThresholdRule.model_validate(BASE | {"above": 4})
    earlier = {name: value for name, value in BASE.items() if name != "metric"}
    assert ThresholdRule.model_validate(earlier | {"figure": "f", "above": 4}) == named


def test_a_counter_that_starts_anew_counts_from_nought() -> None:
    rule = RateRule.model_validate(BASE | {"above": 4, "within_s": 60})
    readings = Readings(NOON, windows_of([rule]))
    for after_s, value in ((0, 100), (10, 102), (20, 1), (30, 3)):
        readings.take([sample(value, after_s)])
    (evaluation,) = evaluate_rules([rule], readings, NOON + 30 * SECOND)
    assert (evaluation.broken, evaluation.evidence) == (
        True,
        "f rose by 5 within 60 s, maximum 4",
    )
    readings.take([sample(3, 85)])
    (later,) = evaluate_rules([rule], readings, NOON + 85 * SECOND)
    assert not later.broken


def test_an_old_value_is_not_evaluated() -> None:
    rule = ThresholdRule.model_validate(BASE | {"above": 4})
    readings = Readings(NOON, {})
    readings.take([sample(9)])
    assert len(evaluate_rules([rule], readings, NOON + 60 * SECOND)) == 1
    assert evaluate_rules([rule], readings, NOON + 61 * SECOND) == []


def test_a_disabled_rule_is_not_evaluated() -> None:
    rule = ThresholdRule.model_validate(BASE | {"above": 4, "enabled": False})
    readings = Readings(NOON, {})
    readings.take([sample(9)])
    assert evaluate_rules([rule], readings, NOON) == []


def test_one_that_never_came_is_missed_if_it_is_named_in_full() -> None:
    rule = AbsenceRule.model_validate(BASE | {"subject": "x:1", "after_s": 30})
    some = AbsenceRule.model_validate(BASE | {"name": "many", "after_s": 30})
    readings = Readings(NOON, {})
    (evaluation,) = evaluate_rules([rule, some], readings, NOON + 31 * SECOND)
    assert evaluation.broken
    assert evaluation.key.rule == "a-rule"


def test_no_process_is_silent_while_the_store_is_unreadable() -> None:
    rule = AbsenceRule.model_validate(BASE | {"after_s": 30})
    readings = Readings(NOON, {})
    readings.take([sample(1)])
    readings.mark_unreadable()
    assert evaluate_rules([rule], readings, NOON + 600 * SECOND) == []
    readings.mark_readable(NOON + 600 * SECOND)
    assert not evaluate_rules([rule], readings, NOON + 620 * SECOND)[0].broken
    assert evaluate_rules([rule], readings, NOON + 640 * SECOND)[0].broken


def test_a_bound_of_nought_is_a_bound() -> None:
    assert ThresholdRule.model_validate(BASE | {"above": 0}).is_broken_by(0.1)
    assert not ThresholdRule.model_validate(BASE | {"below": 0}).is_broken_by(0.0)
    with pytest.raises(ValidationError):
        ThresholdRule.model_validate(BASE | {"above": 0, "for_s": -1})
