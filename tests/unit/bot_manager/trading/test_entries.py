"""When and how a position is opened, turned and closed by targets."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from bot_manager.trading.codes import FLAT as FLAT_CODE
from bot_manager.trading.codes import LONG as LONG_CODE
from bot_manager.trading.codes import SHORT as SHORT_CODE
from bot_manager.trading.parameters import EquityFraction, QuoteAmount, RiskPerTrade
from bot_manager.trading.units import Scales
from strategies.signals import Direction
from tests.unit.bot_manager.kernel_builders import (
    FEES,
    FLAT,
    LONG,
    SHORT,
    SLIPPAGE,
    SPOT,
    SWAP,
    given,
    on_candles,
    on_tape,
)

RISING = [(0, 100), (60, 110), (120, 120), (180, 130), (240, 140)]


def test_the_kernel_counts_directions_as_strategies_do() -> None:
    codes = (Direction.LONG, Direction.FLAT, Direction.SHORT)
    assert codes == (LONG_CODE, FLAT_CODE, SHORT_CODE)
    assert Direction.HOLD not in codes


def test_a_target_acts_on_the_first_print_at_or_after_its_close() -> None:
    assert on_tape(RISING, [(60, LONG)]).deals == [("SIGNAL", "+9.09", "110")]
    assert on_tape(RISING, [(61, LONG)]).deals == [("SIGNAL", "+8.33", "120")]


def test_a_target_never_acts_on_the_close_that_made_it() -> None:
    flat_then_gap = [(100, 100, 100, 100), (108, 109, 107, 108)]
    assert on_candles(flat_then_gap, [(60, LONG)]).deals == [("SIGNAL", "+9.25", "108")]


def test_latency_waits_on_the_tape() -> None:
    late = given(latency=timedelta(seconds=61))
    assert on_tape(RISING, [(60, LONG)], late).deals == [("SIGNAL", "+7.69", "130")]


@pytest.mark.parametrize(("latency_s", "price"), [(0, "101"), (60, "101"), (61, "102")])
def test_on_candles_a_latency_up_to_one_candle_means_the_next_open(
    latency_s: int, price: str
) -> None:
    run = [(100 + number, 100 + number, 100 + number, 100 + number) for number in range(4)]
    late = given(latency=timedelta(seconds=latency_s))
    assert on_candles(run, [(60, LONG)], late).deals[0][2] == price


def test_repeating_a_target_changes_nothing() -> None:
    assert len(on_tape(RISING, [(0, LONG), (60, LONG), (120, LONG)]).deals) == 1


def test_hold_keeps_the_target() -> None:
    assert len(on_tape(RISING, [(0, LONG), (60, Direction.HOLD)]).deals) == 1


def test_flip_closes_the_old_position_before_opening_the_new() -> None:
    outcome = on_tape(RISING, [(0, LONG), (60, SHORT)])
    assert outcome.deals == [
        ("SIGNAL", "+10", "100"),
        ("SIGNAL", "-10", "110"),
        ("SIGNAL", "-10", "110"),
    ]
    assert [fill.position for fill in outcome.fills] == [10, 0, -10]
    assert outcome.fills[1].realised == 100


def test_spot_takes_short_as_flat() -> None:
    outcome = on_tape(RISING, [(0, LONG), (60, SHORT), (120, FLAT), (180, LONG)], instrument=SPOT)
    assert [deal[1][0] for deal in outcome.deals] == ["+", "-", "+"]
    assert outcome.refusals == []


def test_a_short_position_gains_what_the_price_loses() -> None:
    outcome = on_tape([(0, 100), (60, 90)], [(0, SHORT)])
    assert outcome.value(90).position == -10
    assert outcome.value(90).unrealised == 100
    assert outcome.value(90).equity == 1100


def test_all_in_leaves_enough_for_the_fee() -> None:
    outcome = on_tape(RISING, [(0, LONG)], given(costs=FEES))
    # 1000 / 1.001 = 999.00099..; / 100 = 9.99 in whole hundredths; fee 999 x 0.001 = 0.999
    assert outcome.fills[0].size == Decimal("9.99")
    assert outcome.fills[0].fee == Decimal("0.999")
    assert outcome.value().cash == Decimal("0.001")


def test_a_market_order_slips_against_us_both_ways() -> None:
    outcome = on_tape(RISING, [(0, LONG), (60, FLAT)], given(costs=SLIPPAGE))
    assert [deal[2] for deal in outcome.deals] == ["101", "108.9"]


def test_prices_are_rounded_against_us_to_the_tick() -> None:
    # 100.3 x 1.01 = 101.303, up to 101.4; x 0.99 = 99.297, down to 99.2
    prints = [(0, 100.3), (60, 100.3)]
    outcome = on_tape(prints, [(0, LONG), (60, FLAT)], given(costs=SLIPPAGE))
    assert [deal[2] for deal in outcome.deals] == ["101.4", "99.2"]


def test_sizes_are_rounded_toward_zero_to_the_lot() -> None:
    assert on_tape([(0, 300)], [(0, LONG)]).deals[0][1] == "+3.33"
    assert on_tape([(0, 300)], [(0, SHORT)]).deals[0][1] == "-3.33"


def test_fees_are_rounded_up() -> None:
    odd = given(capital="1", costs=FEES)
    # 0.05 x 17.3 = 0.865; x 0.001 = 0.000865; in steps of 0.001: 0.001
    assert on_tape([(0, 17.3)], [(0, LONG)], odd).fills[0].fee == Decimal("0.001")


def test_a_quote_amount_buys_for_the_same_amount_each_time() -> None:
    fixed = given(sizing=QuoteAmount(amount=Decimal(250)))
    outcome = on_tape(RISING, [(0, LONG), (60, FLAT), (120, LONG)], fixed)
    assert [deal[1] for deal in outcome.deals] == ["+2.5", "-2.5", "+2.08"]


def test_a_quote_amount_beyond_the_cash_is_cut_to_it() -> None:
    fixed = given(sizing=QuoteAmount(amount=Decimal(5000)))
    assert on_tape(RISING, [(0, LONG)], fixed).deals[0][1] == "+10"


def test_a_fraction_of_equity_counts_the_equity_of_now() -> None:
    half = given(sizing=EquityFraction(fraction=Decimal("0.5")))
    outcome = on_tape(RISING, [(0, LONG), (60, FLAT), (120, LONG)], half)
    # 500 / 100 = 5; at 110 the equity is 1050; 525 / 120 = 4.375
    assert [deal[1] for deal in outcome.deals] == ["+5", "-5", "+4.37"]


def test_risk_per_trade_loses_its_share_at_the_stop() -> None:
    risky = given(sizing=RiskPerTrade(fraction=Decimal("0.02")), stop="0.05")
    outcome = on_tape([(0, 100), (60, 95)], [(0, LONG)], risky)
    # 20 at risk, 5 a unit
    assert outcome.deals == [("SIGNAL", "+4", "100"), ("STOP_LOSS", "-4", "95")]
    assert outcome.value().cash == 980
    assert outcome.folded.orders["risk"][0] == outcome.scales.money_units(Decimal(20))


def test_leverage_below_one_caps_the_position() -> None:
    timid = given(leverage=Decimal("0.25"))
    assert on_tape(RISING, [(0, LONG)], timid).deals[0][1] == "+2.5"


def test_an_order_below_the_minimum_size_is_a_counted_refusal() -> None:
    poor = given(capital="0.9")
    outcome = on_tape(RISING, [(0, LONG)], poor)
    assert (outcome.deals, outcome.refusals) == ([], ["BELOW_MIN_SIZE"])
    assert outcome.state("refused") == 1


def test_an_order_below_the_minimum_notional_is_a_counted_refusal() -> None:
    picky = given(capital="4.99", min_notional=Decimal(5))
    assert on_tape(RISING, [(0, LONG)], picky).refusals == ["BELOW_MIN_NOTIONAL"]


def test_a_refused_entry_waits_for_a_different_target() -> None:
    prints = [(0, 1000), (60, 1), (120, 1), (180, 1)]
    poor = given(capital="9")
    outcome = on_tape(prints, [(0, LONG), (60, LONG), (120, SHORT)], poor)
    assert outcome.refusals == ["BELOW_MIN_SIZE"]
    assert outcome.deals == [("SIGNAL", "-9", "1")]


def test_a_market_below_one_tick_cannot_be_sold() -> None:
    finer = Scales.of(SWAP, price_decimals=2)
    assert on_tape([(0, "0.04")], [(0, SHORT)], scales=finer).refusals == ["NO_PRICE"]


def test_only_the_last_of_several_targets_before_a_print_acts() -> None:
    outcome = on_tape([(0, 100), (300, 130)], [(0, LONG), (60, FLAT), (120, LONG)])
    assert len(outcome.deals) == 1


def test_contracts_are_worth_their_value() -> None:
    hundredth = msgspec.structs.replace(SWAP, contract_value=Decimal("0.01"))
    outcome = on_tape([(0, 100), (60, 110)], [(0, LONG)], instrument=hundredth)
    assert outcome.deals == [("SIGNAL", "+1000", "100")]
    assert outcome.value(110).equity == 1100
