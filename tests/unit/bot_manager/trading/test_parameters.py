"""Parameters of an account, and which values are refused by name."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from bot_manager.errors import InvalidParameter
from bot_manager.trading.codes import SizingRule
from bot_manager.trading.encoding import encode
from bot_manager.trading.parameters import (
    AccountParameters,
    Costs,
    EquityFraction,
    ExitLevels,
    Protections,
    QuoteAmount,
    RiskPerTrade,
)
from bot_manager.trading.units import Scales
from data import Timeframe
from tests.unit.bot_manager.kernel_builders import SPOT, SWAP, given
from utils.codec import decode
from utils.codec import encode as encode_json


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: given(capital="0"), "capital: must be above 0, was 0"),
        (lambda: given(capital="NaN"), "capital: must be above 0, was NaN"),
        (lambda: given(leverage=Decimal(10)), "leverage: must be above 0 and at most 1, was 10"),
        (lambda: given(leverage=Decimal(0)), "leverage: must be above 0 and at most 1, was 0"),
        (lambda: given(stop="1"), "stop_loss: must be above 0 and below 1, was 1"),
        (lambda: given(stop="0.0000001"), "stop_loss: must have at most 6 decimals"),
        (lambda: given(take_profit="-0.1"), "take_profit: must be above 0 and at most 100"),
        (lambda: given(trailing_stop="1.5"), "trailing_stop: must be above 0 and below 1"),
        (lambda: given(min_notional=Decimal(-1)), "min_notional: must not be below 0, was -1"),
        (lambda: given(latency=timedelta(seconds=-1)), "latency: must be from 0"),
        (
            lambda: given(sizing=RiskPerTrade(fraction=Decimal("0.1"))),
            "requires a stop_loss or a trail",
        ),
        (
            lambda: RiskPerTrade(fraction=Decimal(2)),
            "sizing.fraction: must be above 0 and at most 1",
        ),
        (lambda: EquityFraction(fraction=Decimal(0)), "sizing.fraction: must be above 0"),
        (lambda: QuoteAmount(amount=Decimal(0)), "sizing.amount: must be above 0"),
        (lambda: Costs(taker_fee=Decimal("0.5")), "taker_fee: must be at least 0 and at most 0.1"),
        (lambda: Costs(maker_fee=Decimal("-0.5")), "maker_fee: must be at least -0.01"),
        (
            lambda: Costs(slippage_bps=Decimal("0.001")),
            "slippage_bps: must have at most 2 decimals",
        ),
        (lambda: Costs(slippage_bps=Decimal("Infinity")), "slippage_bps: must be a number"),
        (lambda: Protections(max_drawdown=Decimal(1)), "max_drawdown: must be above 0 and below 1"),
        (lambda: Protections(daily_loss=Decimal(0)), "daily_loss: must be above 0 and below 1"),
        (
            lambda: Protections(cool_down=timedelta(days=4000)),
            "cool_down: must be from 0 to 366 days",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        make()


def test_a_risk_per_trade_may_be_measured_to_a_trailing_stop() -> None:
    risky = given(trailing_stop="0.1", sizing=RiskPerTrade(fraction=Decimal("0.1")))
    row = encode(risky, SWAP, Scales.of(SWAP), Timeframe.M1)[0]
    assert (row["sizing"], row["amount"]) == (SizingRule.RISK_PER_TRADE, 100_000)


def test_rates_become_parts_per_million() -> None:
    parameters = AccountParameters(
        capital=Decimal("1000.5"),
        sizing=QuoteAmount(amount=Decimal("99.9")),
        costs=Costs(
            maker_fee=Decimal("-0.00005"), taker_fee=Decimal("0.001"), slippage_bps=Decimal("2.5")
        ),
        exits=ExitLevels(stop_loss=Decimal("0.05"), take_profit=Decimal("1.5")),
        protections=Protections(daily_loss=Decimal("0.03"), cool_down=timedelta(minutes=5)),
        latency=timedelta(milliseconds=250),
    )
    row = encode(parameters, SWAP, Scales.of(SWAP), Timeframe.H1)[0]
    expected = {
        "capital": 1_000_500, "sizing": SizingRule.QUOTE_AMOUNT, "amount": 99_900,
        "maker_fee": -50, "taker_fee": 1000, "slippage": 250,
        "stop_loss": 50_000, "take_profit": 1_500_000, "trailing_stop": 0,
        "max_drawdown": 0, "daily_loss": 30_000, "follows": 0,
        "cool_down": 300_000_000, "latency": 250_000, "mark_every": 3_600_000_000,
        "tick": 1, "lot": 1, "min_size": 1, "contract": 1, "shorts": 1, "leverage": 1_000_000,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_only_levels_that_follow_the_price_make_an_account_follow() -> None:
    def follows(parameters: AccountParameters) -> bool:
        return bool(encode(parameters, SWAP, Scales.of(SWAP), Timeframe.M1)["follows"][0])

    assert follows(given(trailing_stop="0.1"))
    assert follows(given(protections=Protections(max_drawdown=Decimal("0.1"))))
    assert not follows(given(stop="0.1", protections=Protections(daily_loss=Decimal("0.1"))))


def test_spot_has_no_shorts() -> None:
    assert encode(given(), SPOT, Scales.of(SPOT), Timeframe.M1)["shorts"][0] == 0


def test_an_amount_that_does_not_fit_the_scales_is_refused_by_name() -> None:
    for field, parameters in (
        ("capital", given(capital="1000.00001")),
        ("capital", given(capital=str(10**17))),
        ("min_notional", given(min_notional=Decimal("0.00001"))),
        ("sizing.amount", given(sizing=QuoteAmount(amount=Decimal("0.00001")))),
    ):
        with pytest.raises(InvalidParameter, match=field):
            encode(parameters, SWAP, Scales.of(SWAP), Timeframe.M1)


def test_parameters_travel() -> None:
    parameters = given(
        trailing_stop="0.1",
        sizing=RiskPerTrade(fraction=Decimal("0.1")),
        latency=timedelta(milliseconds=250),
    )
    assert decode(AccountParameters, encode_json(parameters)) == parameters
