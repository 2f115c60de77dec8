"""Candles as prints: open, adverse, favourable, close; every level inside is passed through."""

from decimal import Decimal

import pytest

from bot_manager.trading.parameters import AccountParameters, Protections
from tests.unit.bot_manager.kernel_builders import (
    LONG,
    SHORT,
    SLIPPAGE,
    given,
    on_candles,
)

BOTH = given(stop="0.05", take_profit="0.05")
QUIET = (100, 100, 100, 100)


def test_a_stop_inside_a_candle_fills_at_its_level() -> None:
    outcome = on_candles([QUIET, (100, 101, 90, 99)], parameters=BOTH)
    assert outcome.deals[1] == ("STOP_LOSS", "-10", "95")
    assert outcome.state("ambiguous") == 0


def test_after_a_gap_a_stop_fills_at_the_open() -> None:
    outcome = on_candles([QUIET, (92, 101, 90, 99)], parameters=BOTH)
    assert outcome.deals[1] == ("STOP_LOSS", "-10", "92")


def test_a_target_inside_a_candle_fills_at_its_level() -> None:
    outcome = on_candles([QUIET, (100, 110, 99, 101)], parameters=BOTH)
    assert outcome.deals[1] == ("TAKE_PROFIT", "-10", "105")


def test_after_a_gap_a_target_is_never_better_than_the_open() -> None:
    outcome = on_candles([QUIET, (108, 115, 107, 110)], parameters=BOTH)
    assert outcome.deals[1] == ("TAKE_PROFIT", "-10", "108")


def test_both_exits_in_one_candle_stop_first_and_counted_ambiguous() -> None:
    outcome = on_candles([QUIET, (100, 106, 94, 100)], parameters=BOTH)
    assert outcome.deals[1] == ("STOP_LOSS", "-10", "95")
    assert outcome.state("ambiguous") == 1


def test_a_gap_to_the_stop_is_not_ambiguous() -> None:
    outcome = on_candles([QUIET, (94, 106, 93, 100)], parameters=BOTH)
    assert outcome.state("ambiguous") == 0


def test_for_a_short_position_the_high_is_adverse() -> None:
    outcome = on_candles([QUIET, (100, 106, 94, 100)], [(0, SHORT)], BOTH)
    assert outcome.deals[1] == ("STOP_LOSS", "+10", "105")
    assert outcome.state("ambiguous") == 1


def test_levels_are_live_on_the_candle_of_the_entry() -> None:
    outcome = on_candles([(100, 101, 94, 99)], parameters=BOTH)
    assert outcome.deals == [("SIGNAL", "+10", "100"), ("STOP_LOSS", "-10", "95")]


def test_a_stop_inside_a_candle_still_slips() -> None:
    slippery = given(stop="0.05", costs=SLIPPAGE)
    # bought at 101; stop at 95.9 of 95.95; sold at 94.941, down to 94.9
    assert on_candles([(100, 101, 90, 99)], parameters=slippery).deals[1][2] == "94.9"


def test_a_stop_above_the_open_of_its_entry_fills_at_the_open() -> None:
    tight = given(stop="0.005", costs=SLIPPAGE)
    # bought at 101, stop at 100.4; the market is at 100 and never better: sold at 99
    assert on_candles([(100, 100, 100, 100)], parameters=tight).deals[1][2] == "99"


TRAILING = given(trailing_stop="0.05")


def test_a_trailing_stop_walks_to_the_adverse_extreme_twice() -> None:
    # level 95 before; the high of 110 raises it to 104.5; the low of 98 then reaches it
    outcome = on_candles([(100, 110, 98, 109)], parameters=TRAILING)
    assert outcome.deals[1] == ("TRAILING_STOP", "-10", "104.5")
    assert outcome.state("ambiguous") == 1


def test_a_trailing_stop_that_no_order_of_prices_reaches_is_not_ambiguous() -> None:
    outcome = on_candles([(100, 102, 99, 101)], parameters=TRAILING)
    assert len(outcome.deals) == 1
    assert outcome.state("ambiguous") == 0


def test_a_trailing_stop_hit_before_the_high_is_ambiguous_only_if_the_high_raises_it() -> None:
    raised = on_candles([(100, 103, 94, 100)], parameters=TRAILING)
    assert raised.deals[1] == ("TRAILING_STOP", "-10", "95")
    assert raised.state("ambiguous") == 1
    not_raised = on_candles([(100, 100, 94, 97)], parameters=TRAILING)
    assert not_raised.deals[1] == ("TRAILING_STOP", "-10", "95")
    assert not_raised.state("ambiguous") == 0


def test_a_target_is_ambiguous_if_on_the_way_the_trailing_stop_came_within_reach() -> None:
    both = given(take_profit="0.05", trailing_stop="0.03")
    # at 105 the stop is at 101.8; the low of 99 reaches it, had the high come first
    near = on_candles([(100, 106, 99, 105)], parameters=both)
    assert near.deals[1][0] == "TAKE_PROFIT"
    assert near.state("ambiguous") == 1
    far = on_candles([(100, 102, 100, 102), (103, 110, 102.5, 105)], parameters=both)
    assert far.deals[1][0] == "TAKE_PROFIT"
    assert far.state("ambiguous") == 0


@pytest.mark.parametrize("parameters", [BOTH, TRAILING])
def test_in_candle_fills_are_dated_at_its_end(parameters: AccountParameters) -> None:
    outcome = on_candles([QUIET, (100, 101, 90, 99)], parameters=parameters)
    entry, leave = outcome.fills
    assert (leave.time - entry.time).total_seconds() == pytest.approx(120 - 1e-6)
    assert leave.trade_id is None


def test_a_drawdown_limit_inside_a_candle_fills_at_the_price_where_it_is_reached() -> None:
    guarded = given(protections=Protections(max_drawdown=Decimal("0.1")))
    outcome = on_candles([QUIET, (100, 101, 70, 99)], parameters=guarded)
    # ten units: 100 of 1000 are lost at 90
    assert outcome.deals[1] == ("MAX_DRAWDOWN", "-10", "90")


def test_a_drawdown_limit_follows_the_high_of_its_candle() -> None:
    guarded = given(protections=Protections(max_drawdown=Decimal("0.1")))
    outcome = on_candles([QUIET, (100, 120, 95, 119)], parameters=guarded)
    # the peak of 1200 allows 1080: at 108, on the way down to the low again
    assert outcome.deals[1] == ("MAX_DRAWDOWN", "-10", "108")
    assert outcome.state("ambiguous") == 1


def test_an_exit_on_a_target_comes_before_a_gapped_stop() -> None:
    outcome = on_candles([QUIET, (92, 93, 91, 92)], [(0, LONG), (60, 0)], BOTH)
    assert outcome.deals[1] == ("SIGNAL", "-10", "92")


def test_extremes_of_a_round_trip_reach_no_further_than_its_exit() -> None:
    outcome = on_candles([(100, 104, 97, 103), (103, 120, 80, 100)], parameters=BOTH)
    row = outcome.folded.orders[1]
    assert (row["low"], row["high"]) == (950, 1040)
