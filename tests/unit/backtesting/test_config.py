"""Configurations: refused values with their names; equal meaning gives an equal digest."""

import json
from decimal import Decimal
from typing import Any

import pytest

from backtesting.config import BacktestConfig, read_config
from strategies.library import EmaCrossover
from strategies.strategy_handle import LocalStrategy
from utils.errors import ConfigError

VALUES: dict[str, Any] = {
    "instrument": "okx:BTC-USDT",
    "timeframe": "1h",
    "start": "2025-01-01",
    "end": "2025-02-01",
    "strategy": "EmaCrossover",
}


def a_config(**changes: Any) -> BacktestConfig:
    return read_config(VALUES | changes)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"colour": 3}, "colour", "is not a parameter"),
        ({"end": "2025-01-01"}, "", "must be before end"),
        ({"instrument": "BTC-USDT"}, "instrument", "okx:BTC-USDT"),
        ({"timeframe": "7m"}, "timeframe", "7m"),
        ({"resolution": "ticks"}, "resolution", "ticks"),
        ({"timeframe": "1s", "resolution": "1m"}, "", "cannot move an account on 1s"),
        ({"max_missing": 2}, "max_missing", "must be at most 1"),
        ({"exits": {"stop_loss_bps": 0}}, "exits.stop_loss_bps", "must be at least 1"),
        ({"steps": {"price_step": 0}}, "steps.price_step", "must be above 0"),
    ],
)
def test_a_wrong_configuration_is_refused_by_name(
    changes: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        a_config(**changes)
    assert refused.value.field == field
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capital": 0}, "capital"),
        ({"capital": "NaN"}, "capital"),
        ({"leverage": 5}, "leverage"),
        ({"leverage": 0}, "leverage"),
        ({"costs": {"taker_fee": 1}}, "taker_fee"),
        ({"sizing": {"rule": "equity_fraction", "amount": 2}}, "sizing.amount"),
        ({"sizing": {"rule": "risk_per_trade", "amount": "0.01"}}, "sizing"),
        ({"protections": {"max_drawdown": 1}}, "max_drawdown"),
        ({"latency_ms": 10**12}, "latency_ms"),
    ],
)
def test_an_account_that_cannot_be_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as refused:
        a_config(**changes).account(EmaCrossover())
    assert refused.value.field == field


def test_a_configuration_survives_json() -> None:
    config = a_config(capital="1234.5", exits={"stop_loss_bps": 50}, latency_ms=250)
    assert read_config(json.loads(config.model_dump_json())) == config


def test_what_means_the_same_has_the_same_digest() -> None:
    strategy = LocalStrategy(EmaCrossover())
    plain = a_config().with_parameters(strategy)
    wordy = a_config(
        parameters={"slow": 26}, capital="10000.00", start="2025-01-01T01:00+01:00"
    ).with_parameters(LocalStrategy(EmaCrossover(slow=26)))
    assert wordy.digest() == plain.digest()


@pytest.mark.parametrize(
    "changes",
    [{"capital": 9999}, {"end": "2025-02-02"}, {"drill_down": False}, {"risk_free": 0.01}],
)
def test_what_differs_has_another_digest(changes: dict[str, Any]) -> None:
    assert a_config(**changes).digest() != a_config().digest()


def test_exits_of_the_configuration_stand_in_place_of_the_strategys_own() -> None:
    exits = {"stop_loss_bps": 100}
    strategy = LocalStrategy(EmaCrossover(exits=exits))
    assert a_config().account(strategy).exits.stop_loss == Decimal("0.01")
    other = a_config(exits={"take_profit_bps": 200}).account(strategy).exits
    assert (other.stop_loss, other.take_profit) == (None, Decimal("0.02"))


@pytest.mark.parametrize("field", ["start", "end"])
@pytest.mark.parametrize("time", ["0001-01-01T00:00:00", "9999-12-31T23:59:59-23:00"])
def test_times_that_no_store_holds_are_refused(field: str, time: str) -> None:
    with pytest.raises(ConfigError, match=rf"{field}: .*between 1678-01-01 and 2262-01-01"):
        a_config(**{field: time})
