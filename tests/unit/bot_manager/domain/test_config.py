"""Validation of a bot's configuration, and its errors."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from bot_manager.domain.config import BotConfig, edit_config, read_bot_json
from bot_manager.domain.versions import ConfigChange, changes_between
from bot_manager.errors import NothingChanged
from bot_manager.trading import QuoteAmount, RiskPerTrade
from tests.builders import at
from tests.unit.bot_manager.bot_builders import a_bot, a_version
from utils.errors import ConfigError

REFUSED = [
    ({"name": "No Spaces"}, "name"),
    ({"name": "../etc"}, "name"),
    ({"name": "a" * 61}, "name"),
    ({"name": "a\x00"}, "name"),
    ({"instrument": "BTC-USDT"}, "instrument"),
    ({"timeframe": "7m"}, "timeframe"),
    ({"strategy": ""}, "strategy"),
    ({"capital": "-1"}, "capital"),
    ({"capital": "much"}, "capital"),
    ({"leverage": "2"}, "leverage"),
    ({"latency_ms": -1}, "latency_ms"),
    ({"costs": {"taker_fee": "0.5"}}, "taker_fee"),
    ({"sizing": {"rule": "martingale"}}, "sizing.rule"),
    ({"sizing": {"rule": "risk_per_trade", "amount": "0.01"}}, "risk_per_trade"),
    ({"exits": {"stop_loss_bps": 0}}, "exits.stop_loss_bps"),
    ({"protections": {"max_drawdown": "1"}}, "max_drawdown"),
    ({"parameters": {"exits": {}}}, "parameters"),
    ({"parameters": [1]}, "parameters"),
    ({"colour": "red"}, "colour"),
]


@pytest.mark.parametrize(("changes", "named"), REFUSED)
def test_a_bad_bot_is_refused_with_its_field(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError) as refused:
        a_bot(**changes)
    assert named in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"name": }', "\x00"])
def test_what_is_no_object_is_refused_by_its_file(text: str) -> None:
    with pytest.raises(ConfigError, match=r"bad\.json"):
        read_bot_json(text, source="bad.json")


def test_a_file_and_a_row_hold_the_same() -> None:
    bot = a_bot(capital="12.30", exits={"stop_loss_bps": 50}, parameters={"fast": 5})
    assert read_bot_json(bot.model_dump_json(), source="row") == bot
    assert BotConfig.model_json_schema()["additionalProperties"] is False


def test_an_account_has_the_requested_capital() -> None:
    bot = a_bot(
        capital="500",
        sizing={"rule": "quote_amount", "amount": "25"},
        exits={"stop_loss_bps": 50, "trailing_stop_bps": 120},
        protections={"daily_loss": "0.05", "cool_down_s": 90},
        latency_ms=250,
    )
    account = bot.account()
    assert account.sizing == QuoteAmount(amount=Decimal(25))
    assert account.exits.stop_loss == Decimal("0.005")
    assert account.exits.trailing_stop == Decimal("0.012")
    assert account.protections.cool_down == timedelta(seconds=90)
    assert account.latency == timedelta(milliseconds=250)
    risky = a_bot(sizing={"rule": "risk_per_trade", "amount": "0.01"}, exits={"stop_loss_bps": 100})
    assert risky.account().sizing == RiskPerTrade(fraction=Decimal("0.01"))


def test_a_bot_requests_signals_under_its_own_name() -> None:
    request = a_bot(parameters={"slow": 20, "fast": 5}, allow_unverified=True).request()
    assert request.requester == "bot:alice"
    assert json.loads(request.parameters) == {"fast": 5, "slow": 20}
    assert request.allow_unverified


def test_a_version_lists_each_field_that_changed() -> None:
    before = a_bot(parameters={"fast": 5, "slow": 9})
    after = a_bot(parameters={"fast": 6}, costs={"slippage_bps": "2"})
    assert changes_between(before, after) == (
        ConfigChange(field="costs.slippage_bps", before='"0"', after='"2"'),
        ConfigChange(field="parameters.fast", before="5", after="6"),
        ConfigChange(field="parameters.slow", before="9", after=""),
    )


def test_a_version_that_changes_nothing_or_the_name_is_refused() -> None:
    version = a_version()
    authorship = {"actor": "bob", "reason": "", "made_at": at(1)}
    with pytest.raises(NothingChanged, match="alice"):
        version.revised(a_bot(), **authorship)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="clone the bot"):
        version.revised(a_bot("bob"), **authorship)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="instrument"):
        version.revised(a_bot(instrument="okx:ETH-USDT"), **authorship)  # type: ignore[arg-type]


def test_fields_and_their_parts_are_given_other_values() -> None:
    config = edit_config(
        a_bot(parameters={"fast": 5}),
        ["capital=250.10", "exits.stop_loss_bps=150", "parameters.slow=9", "parameters.fast="],
    )
    assert config.capital == Decimal("250.1")
    assert config.exits.stop_loss_bps == 150
    assert config.parameters == {"slow": 9}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("capital", "FIELD=VALUE"),
        ("capital=-5", "capital"),
        ("nothing=5", "nothing"),
        ("capital.part=5", "capital has no fields"),
        ("sizing.rule=all", "sizing.rule"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(given: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        edit_config(a_bot(), [given])
