"""Stops, targets and trailing stops on the tape, where the price jumps from print to print."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bot_manager.trading.parameters import Protections
from tests.unit.bot_manager.kernel_builders import (
    FEES,
    FLAT,
    LONG,
    SHORT,
    SLIPPAGE,
    given,
    on_tape,
)

Prints = list[tuple[float, float | str]]


def prints(*prices: float) -> Prints:
    """Return prints a minute apart."""
    return [(60.0 * number, price) for number, price in enumerate(prices)]


def test_a_stop_fills_at_the_print_that_jumped_over_it() -> None:
    outcome = on_tape(prints(100, 96, 90), [(0, LONG)], given(stop="0.05"))
    assert outcome.deals[1] == ("STOP_LOSS", "-10", "90")


def test_a_stop_touched_exactly_is_a_stop() -> None:
    assert on_tape(prints(100, 95), [(0, LONG)], given(stop="0.05")).deals[1][0] == "STOP_LOSS"
    assert len(on_tape(prints(100, 95.1), [(0, LONG)], given(stop="0.05")).deals) == 1


def test_the_stop_of_a_short_position_lies_above() -> None:
    outcome = on_tape(prints(100, 104.9, 107), [(0, SHORT)], given(stop="0.05"))
    assert outcome.deals[1] == ("STOP_LOSS", "+10", "107")


def test_a_stop_pays_slippage_and_the_takers_fee() -> None:
    outcome = on_tape(prints(100, 90), [(0, LONG)], given(stop="0.05", costs=SLIPPAGE))
    assert outcome.deals[1][2] == "89.1"
    assert not outcome.fills[1].is_maker


def test_a_target_never_fills_better_than_its_level() -> None:
    outcome = on_tape(prints(100, 104.9, 120), [(0, LONG)], given(take_profit="0.05"))
    assert outcome.deals[1] == ("TAKE_PROFIT", "-10", "105")
    assert outcome.fills[1].market_price == 105


def test_a_target_pays_the_makers_fee_and_no_slippage() -> None:
    rich = given(capital="1001", take_profit="0.05", costs=FEES)
    outcome = on_tape(prints(100, 105), [(0, LONG)], rich)
    # 10 x 105 x 0.0005
    assert outcome.fills[1].fee == Decimal("0.525")
    assert outcome.fills[1].is_maker


def test_the_target_of_a_short_position_lies_below() -> None:
    outcome = on_tape(prints(100, 90), [(0, SHORT)], given(take_profit="0.05"))
    assert outcome.deals[1] == ("TAKE_PROFIT", "+10", "95")


def test_levels_are_rounded_against_us() -> None:
    # 77.7: stop 73.815 and take-profit 81.585 of a long one, 81.585 and 73.815 of a short one
    at = given(stop="0.05", take_profit="0.05")
    take_profit = on_tape(prints(77.7, 90), [(0, LONG)], at)
    assert take_profit.deals[1][2] == "81.5"
    assert on_tape(prints(77.7, 73.9), [(0, LONG)], at).state("size") > 0
    assert on_tape(prints(77.7, 60), [(0, SHORT)], at).deals[1][2] == "73.9"
    assert on_tape(prints(77.7, 81.5), [(0, SHORT)], at).state("size") < 0


@pytest.mark.parametrize(
    ("side", "stop", "take_profit"), [(LONG, 99.9, 100.1), (SHORT, 100.1, 99.9)]
)
def test_levels_are_at_least_one_tick_away(side: int, stop: float, take_profit: float) -> None:
    tiny = given(stop="0.000001", take_profit="0.000001")
    assert len(on_tape(prints(100, 100), [(0, side)], tiny).deals) == 1
    assert on_tape(prints(100, stop), [(0, side)], tiny).deals[1][0] == "STOP_LOSS"
    assert on_tape(prints(100, take_profit), [(0, side)], tiny).deals[1][0] == "TAKE_PROFIT"


def test_levels_of_a_position_count_from_the_next_print_on() -> None:
    # bought at 101 for the slippage: the stop at 100.5 is above the print that bought
    early = given(stop="0.005", costs=SLIPPAGE)
    assert len(on_tape(prints(100), [(0, LONG)], early).deals) == 1
    assert on_tape(prints(100, 100), [(0, LONG)], early).deals[1][0] == "STOP_LOSS"


def test_a_trailing_stop_follows_the_best_price() -> None:
    outcome = on_tape(prints(100, 120, 115, 114, 107), [(0, LONG)], given(trailing_stop="0.05"))
    assert outcome.deals[1] == ("TRAILING_STOP", "-10", "114")


def test_a_trailing_stop_of_a_short_position_follows_down() -> None:
    outcome = on_tape(prints(100, 80, 83.9, 84), [(0, SHORT)], given(trailing_stop="0.05"))
    assert outcome.deals[1] == ("TRAILING_STOP", "+10", "84")


def test_a_trailing_stop_never_goes_back() -> None:
    outcome = on_tape(prints(100, 110, 105, 108, 104.5), [(0, LONG)], given(trailing_stop="0.05"))
    assert outcome.deals[1] == ("TRAILING_STOP", "-10", "104.5")


def test_the_nearer_of_stop_and_trailing_stop_is_named() -> None:
    both = given(stop="0.05", trailing_stop="0.1")
    assert on_tape(prints(100, 80), [(0, LONG)], both).deals[1][0] == "STOP_LOSS"
    assert on_tape(prints(100, 120, 80), [(0, LONG)], both).deals[1][0] == "TRAILING_STOP"
    assert on_tape(prints(100, 80), [(0, LONG)], given(stop="0.1", trailing_stop="0.1")).deals[1][
        0
    ] == ("STOP_LOSS")


def test_after_its_own_exit_the_account_waits_for_a_different_target() -> None:
    path = prints(100, 95, 96, 97, 98, 99)
    again = [(0.0, LONG), (120.0, LONG)]
    assert len(on_tape(path, again, given(stop="0.05")).deals) == 2
    different = [(0.0, LONG), (120.0, FLAT), (180.0, LONG)]
    assert on_tape(path, different, given(stop="0.05")).deals[2] == ("SIGNAL", "+9.79", "97")
    turned = [(0.0, LONG), (120.0, SHORT)]
    assert on_tape(path, turned, given(stop="0.05")).deals[2] == ("SIGNAL", "-9.89", "96")


def test_a_target_known_before_the_print_acts_before_the_levels() -> None:
    outcome = on_tape(prints(100, 90), [(0, LONG), (60, FLAT)], given(stop="0.05"))
    assert outcome.deals[1] == ("SIGNAL", "-10", "90")


def test_a_fill_names_the_print_that_made_it() -> None:
    fill = on_tape(prints(100, 90), [(0, LONG)], given(stop="0.05", costs=SLIPPAGE)).fills[1]
    assert (fill.trade_id, fill.market_price, fill.print_size) == (1, 90, Decimal("0.07"))
    assert fill.price == Decimal("89.1")


def test_a_short_position_is_liquidated_when_equity_is_gone() -> None:
    outcome = on_tape(prints(100, 199, 200, 100), [(0, SHORT), (180, LONG)])
    assert outcome.deals[1] == ("LIQUIDATION", "+10", "200")
    assert outcome.value().cash == 0
    assert outcome.refusals == ["LIQUIDATED"]


def test_a_gap_past_ruin_leaves_a_debt() -> None:
    outcome = on_tape(prints(100, 250), [(0, SHORT)])
    assert outcome.value().cash == -500


def test_a_cool_down_follows_a_losing_round_trip_only() -> None:
    calm = given(protections=Protections(cool_down=timedelta(minutes=2)))
    path = prints(100, 90, 90, 90, 90, 95)
    losing = [(0.0, LONG), (60.0, FLAT), (120.0, LONG), (150.0, FLAT), (180.0, LONG)]
    outcome = on_tape(path, losing, calm)
    assert outcome.refusals == ["COOL_DOWN"]
    assert outcome.deals[2] == ("SIGNAL", "+10", "90")
    winning = on_tape(prints(100, 110, 110), [(0, LONG), (60, FLAT), (120, LONG)], calm)
    assert winning.refusals == []


def test_a_round_trip_that_only_its_fees_make_lose_is_a_loss() -> None:
    calm = given(protections=Protections(cool_down=timedelta(minutes=2)), costs=FEES)
    outcome = on_tape(prints(100, 100.1, 100), [(0, LONG), (60, FLAT), (120, LONG)], calm)
    assert outcome.refusals == ["COOL_DOWN"]
