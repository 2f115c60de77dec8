"""A mute is about rules that exist."""

import pytest

from tests.alert_world import shipped_rules
from utils.alerts.errors import RuleMissing
from utils.alerts.rules.mute_check import require_rules


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("disk-low", "host"), ("disk-*", "host"), ("*", "*"), ("disk-low", "*"),
        ("process-down", "process:bots"), ("process-down", "process:b*"), ("*", "*:bots"),
    ],
)  # fmt: skip
def test_a_name_and_a_subject_of_rules_are_accepted(name: str, subject: str) -> None:
    require_rules(name, subject, shipped_rules())


@pytest.mark.parametrize(
    ("name", "subject", "available"),
    [
        ("disk-lwo", "host", "disk-low"),
        ("zzz*", "host", "disk-low"),
        ("disk-low", "hots", "disk-low of host"),
        ("process-down", "stream:*", "process-down of process:*"),
    ],
)
def test_what_no_rule_has_is_refused_with_those_that_there_are(
    name: str, subject: str, available: str
) -> None:
    with pytest.raises(RuleMissing) as caught:
        require_rules(name, subject, shipped_rules())
    assert available in str(caught.value)
