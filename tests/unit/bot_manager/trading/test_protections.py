"""Maximum drawdown, daily loss, and the failure of an account on overflow."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bot_manager.trading.codes import AccountStatus, Halt
from bot_manager.trading.parameters import Costs, Protections
from bot_manager.trading.units import MONEY_LIMIT, Scales
from tests.unit.bot_manager.kernel_builders import (
    FLAT,
    LONG,
    SHORT,
    SWAP,
    given,
    on_candles,
    on_tape,
)

DAY_S = 86_400
GUARDED = given(protections=Protections(max_drawdown=Decimal("0.1")))
DAILY = given(protections=Protections(daily_loss=Decimal("0.1")))


def test_the_drawdown_counts_from_the_highest_marked_equity() -> None:
    # the peak of 1200 allows 1080
    outcome = on_tape([(0, 100), (60, 120), (120, 108.1), (180, 108)], [(0, LONG)], GUARDED)
    assert outcome.deals[1] == ("MAX_DRAWDOWN", "-10", "108")


def test_the_peak_includes_the_starting_capital() -> None:
    outcome = on_tape([(0, 100), (60, 90)], [(0, LONG)], GUARDED)
    assert outcome.deals[1][0] == "MAX_DRAWDOWN"


def test_after_a_drawdown_no_position_is_opened_until_a_user_resumes() -> None:
    path = [(0, 100), (60, 90), (120, 90), (180, 90), (240, 90)]
    targets = [(0, LONG), (120, FLAT), (180, LONG), (200, FLAT), (240, SHORT)]
    assert on_tape(path, targets, GUARDED).refusals == ["MAX_DRAWDOWN", "MAX_DRAWDOWN"]
    resumed = on_tape(path, targets, GUARDED, commands=[(210, "RESUME")])
    assert resumed.refusals == ["MAX_DRAWDOWN"]
    assert resumed.deals[-1] == ("SIGNAL", "-10", "90")


def test_after_resuming_the_drawdown_counts_from_the_equity_of_then() -> None:
    path = [(0, 100), (60, 90), (120, 90), (180, 82), (240, 81)]
    targets = [(0, LONG), (60, FLAT), (120, LONG)]
    outcome = on_tape(path, targets, GUARDED, commands=[(70, "RESUME")])
    assert outcome.deals[-1] == ("MAX_DRAWDOWN", "-10", "81")


def test_costs_of_leaving_can_reach_the_limit_too() -> None:
    costly = given(
        costs=Costs(taker_fee=Decimal("0.06")),
        protections=Protections(max_drawdown=Decimal("0.1")),
    )
    outcome = on_tape([(0, 100), (60, 100)], [(0, LONG), (60, FLAT)], costly)
    assert [deal[0] for deal in outcome.deals] == ["SIGNAL", "SIGNAL"]
    assert outcome.state("halted") == Halt.MAX_DRAWDOWN


def test_the_daily_loss_counts_from_the_equity_at_midnight() -> None:
    path = [(0, 100), (100, 150), (DAY_S, 150), (DAY_S + 60, 135.1), (DAY_S + 120, 135)]
    outcome = on_tape(path, [(0, LONG)], DAILY)
    assert outcome.deals[1] == ("DAILY_LOSS", "-10", "135")


def test_a_daily_loss_holds_until_the_next_day() -> None:
    path = [(0, 100), (60, 90), (120, 90), (DAY_S - 1, 90), (DAY_S, 90)]
    targets = [(0, LONG), (120, SHORT), (DAY_S - 60, FLAT), (DAY_S, SHORT)]
    outcome = on_tape(path, targets, DAILY)
    assert outcome.refusals == ["DAILY_LOSS"]
    assert outcome.deals[-1] == ("SIGNAL", "-10", "90")


def test_both_limits_reached_at_once_halt_for_good() -> None:
    both = given(protections=Protections(max_drawdown=Decimal("0.2"), daily_loss=Decimal("0.1")))
    outcome = on_tape([(0, 100), (60, 70)], [(0, LONG)], both)
    assert outcome.deals[1][0] == "DAILY_LOSS"
    assert outcome.state("halted") == Halt.MAX_DRAWDOWN


def test_the_nearer_limit_is_the_reason() -> None:
    both = given(stop="0.05", protections=Protections(max_drawdown=Decimal("0.02")))
    assert on_tape([(0, 100), (60, 98)], [(0, LONG)], both).deals[1][0] == "MAX_DRAWDOWN"


def test_the_day_turns_with_the_equity_of_its_last_print() -> None:
    outcome = on_tape([(0, 100), (60, 130), (DAY_S, 90)], [(0, LONG)], DAILY)
    assert outcome.state("day_equity") == outcome.scales.money_units(Decimal(1300))
    assert outcome.deals[1] == ("DAILY_LOSS", "-10", "90")


def huge() -> str:
    """Return the largest capital that can be counted."""
    return str(Scales.of(SWAP).money(MONEY_LIMIT - 1))


def test_a_mark_beyond_what_can_be_counted_fails_the_account_at_that_print() -> None:
    outcome = on_tape([(0, 100), (60, 200), (120, 100)], [(0, LONG)], given(capital=huge()))
    assert outcome.state("status") == AccountStatus.FAILED
    assert outcome.state("trade_id") == 1


def test_a_sale_that_cannot_be_counted_fails_the_account() -> None:
    outcome = on_tape([(0, 100), (60, 100)], [(0, SHORT)], given(capital=huge()))
    assert outcome.state("status") == AccountStatus.FAILED
    assert outcome.state("trade_id") == 0


def test_a_closing_fill_that_cannot_be_counted_fails_the_account() -> None:
    # sold at 98 for about half of what can be counted: at 196.2 it can just be bought back, but
    # not at 200.2, where the slipping order is filled
    capital = str(Scales.of(SWAP).money(MONEY_LIMIT * 995 // 2000))
    slippery = given(capital=capital, costs=Costs(slippage_bps=Decimal(200)))
    outcome = on_tape([(0, 100), (60, 195.9), (120, 196.2)], [(0, SHORT)], slippery)
    assert outcome.state("status") == AccountStatus.FAILED
    assert outcome.state("trade_id") == 2
    assert len(outcome.deals) == 1


def test_a_candle_beyond_what_can_be_counted_fails_the_account_in_a_backtest_too() -> None:
    run = [(100, 100, 100, 100), (100, 210, 100, 100), (100, 100, 100, 100)]
    outcome = on_candles(run, parameters=given(capital=huge()))
    assert outcome.state("status") == AccountStatus.FAILED
    assert len(outcome.marks) == 1


def test_a_failed_account_stands_still() -> None:
    path = [(0, 100), (60, 200)]
    failed = on_tape(path, [(0, LONG)], given(capital=huge()))
    longer = on_tape(
        [*path, (120, 100), (180, 90)], [(0, LONG), (120, FLAT)], given(capital=huge())
    )
    assert longer.folded.state.tobytes() == failed.folded.state.tobytes()


@pytest.mark.parametrize("latency_s", [0, 3600])
def test_a_limit_requires_no_signal(latency_s: int) -> None:
    late = given(
        protections=Protections(max_drawdown=Decimal("0.1")), latency=timedelta(seconds=latency_s)
    )
    path = [(0, 100), (latency_s, 100), (latency_s + 60, 90)]
    assert on_tape(path, [(0, LONG)], late).deals[-1][0] == "MAX_DRAWDOWN"
