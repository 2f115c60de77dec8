"""A bot's form: its fields, and its errors."""

from decimal import Decimal

import pytest

from bot_manager.domain.config import BotConfig
from dashboard.features.bots.form import (
    EXCLUDED,
    SECTIONS,
    ExistingNames,
    check_bot,
    config_fields,
    sections,
)
from dashboard.forms.config_form import flat_values
from tests.dashboard_signals import library_files
from tests.dashboard_world import BTC
from tests.inline_bots import a_bot_form

FILES = library_files()
EXISTING = ExistingNames([str(BTC)], ["bob"])


def test_the_form_has_every_field_of_a_bot() -> None:
    listed = [name for _, names in SECTIONS for name in names]
    assert sorted(listed) == sorted(config_fields())
    assert {name.partition(".")[0] for name in [*listed, *EXCLUDED]} == set(BotConfig.model_fields)
    assert sections()[0]["title"] == "Bot"


def test_a_form_makes_a_configuration() -> None:
    checked = check_bot(a_bot_form(capital="500", exits__stop_loss_bps="30"), FILES, EXISTING)
    assert checked.problems == []
    assert checked.config is not None
    assert (checked.config.name, checked.config.capital) == ("alice", Decimal(500))
    assert (checked.config.parameters, checked.config.exits.stop_loss_bps) == ({"fast": 5}, 30)


def test_a_configuration_fills_a_form_that_makes_it_again() -> None:
    config = check_bot(a_bot_form(protections__max_drawdown="0.2"), FILES, EXISTING).config
    assert config is not None
    assert check_bot(flat_values(config.model_dump(mode="json")), FILES, EXISTING).config == config


@pytest.mark.parametrize(
    ("field", "text", "refusal"),
    [
        ("name", "", "is required"),
        ("name", "Not Good", "lower-case letters, digits and dashes"),
        ("name", "bob", "the bot name 'bob'"),
        (
            "instrument",
            "okx:NOPE-USDT",
            "okx:NOPE-USDT is unknown, or its kind and steps are: collect",
        ),
        ("instrument", "BTC", "must look like okx:BTC-USDT"),
        ("capital", "-1", "must be above 0, was -1"),
        ("parameters.fast", "0", "must be at least 1"),
        ("sizing.amount", "7", "must be"),
        ("strategy", "Nobody", "choose one of"),
        ("protections.max_drawdown", "2", "must be"),
    ],
)
def test_a_wrong_field_is_refused_at_the_field(field: str, text: str, refusal: str) -> None:
    problems = check_bot(a_bot_form() | {field: text}, FILES, EXISTING).problems
    assert [(one.field, refusal in one.text) for one in problems] == [(field, True)], problems


def test_every_field_at_fault_is_reported_at_once() -> None:
    wrong = {"name": "A B", "instrument": "x", "strategy": "", "capital": "-1", "leverage": "abc"}
    problems = check_bot(a_bot_form() | wrong, FILES, EXISTING).problems
    assert sorted(problem.field for problem in problems) == sorted(wrong)
