"""Bots as rows of a table, and all of them as one line."""

import dataclasses
from decimal import Decimal

import msgspec
import pytest

from bot_manager.domain.lifecycle import BotState
from bot_manager.domain.status import BotStatus
from bot_manager.reporting.fleet import FleetRow, RoundTripCount
from bot_manager.trading import OrderRefusal
from dashboard.features.bots.rows import moving_of, round_trip_fields, row_of, totals_of
from tests.builders import START, at
from tests.unit.bot_manager.bot_builders import SCALES, a_bot, an_order
from tests.unit.bot_manager.reporting.test_valuation import a_long


def a_fleet_row(
    name: str = "alice", state: BotState = BotState.RUNNING, **more: object
) -> FleetRow:
    status = BotStatus(
        name=name,
        state=state,
        desired_state=state,
        since=START,
        reason="why not",
        version=3,
        created_at=START,
    )
    facts = {"checkpoint": a_long(), "version": 3, "profit_before": Decimal(10), **more}
    return FleetRow(status=status, config=a_bot(name, capital="1000"), **facts)  # type: ignore[arg-type]


def test_a_row_has_state_activity_and_equity_of_a_bot() -> None:
    row = row_of(a_fleet_row(last_order=an_order(at_s=9), fills_since=2), Decimal(120))
    assert (row["state"], row["is_active"], row["allowed_commands"][0]) == (
        "running",
        True,
        "pause",
    )
    assert (row["equity"], row["unrealised"], row["total_profit"], row["profit_today"]) == (
        1039,
        40,
        39,
        29,
    )
    assert (row["total_return"], row["stop"], row["target"]) == (0.039, 90, None)
    assert row["last_event"] == "sell 0.00000001 at 91234.5, signal"
    assert (row["last_event_at"], row["fills_today"]) == (at(9).timestamp(), 2)


def test_today_is_counted_from_midnight_whatever_a_command_did_to_the_limits() -> None:
    """Resuming counts the daily limit from the current equity: the loss of the day stays."""
    resumed = a_long(day_equity=SCALES.money_units(Decimal(1_039)))
    row = row_of(a_fleet_row(checkpoint=resumed, profit_before=Decimal(100)), Decimal(120))
    assert (row["profit_today"], row["return_today"]) == (-61, pytest.approx(-61 / 1100))


def test_a_row_shows_the_version_in_force_and_the_one_that_comes_next() -> None:
    row = row_of(a_fleet_row(version=2))
    assert (row["version"], row["next_version"]) == (2, 3)
    assert row_of(a_fleet_row(version=3))["next_version"] is None


def test_a_refused_order_reports_why() -> None:
    refused = msgspec.structs.replace(an_order(), refusal=OrderRefusal.COOL_DOWN)
    assert row_of(a_fleet_row(last_order=refused))["last_event"] == "sell refused: cool down"


def test_a_bot_is_up_since_its_last_start_while_it_lives() -> None:
    assert row_of(a_fleet_row(started_at=at(3)))["started_at"] == at(3).timestamp()
    assert row_of(a_fleet_row(state=BotState.STOPPED, started_at=at(3)))["started_at"] is None


def test_a_bot_without_round_trips_has_no_win_rate() -> None:
    assert round_trip_fields(RoundTripCount(closed=4, won=3)) == {
        "round_trips": 4,
        "win_rate": 0.75,
    }
    assert round_trip_fields(RoundTripCount()) == {"round_trips": 0, "win_rate": None}


def test_a_degradation_is_shown_before_the_last_order_with_the_next_step() -> None:
    sold = an_order(at_s=9)
    row = row_of(a_fleet_row(state=BotState.DEGRADED, last_order=sold))
    assert row["last_event"] == "why not; continues automatically once this ends"
    assert (row["degraded_reason"], row["last_event_at"]) == ("why not", START.timestamp())
    assert "Last order: sell" in row["last_event_detail"]
    failed = row_of(a_fleet_row(state=BotState.FAILED))
    assert failed["next_step"] == "stays failed until it is started again"
    assert row_of(a_fleet_row(last_order=sold))["degraded_reason"] == ""


def test_a_degraded_bot_that_was_paused_will_be_paused() -> None:
    degraded = a_fleet_row(state=BotState.DEGRADED)
    paused = msgspec.structs.replace(degraded.status, desired_state=BotState.PAUSED, reason="")
    row = row_of(dataclasses.replace(degraded, status=paused))
    assert row["last_event"] == "degraded; is paused automatically once this ends"


def test_a_bot_that_does_not_live_is_worth_what_it_was() -> None:
    assert moving_of(a_fleet_row(state=BotState.STOPPED), Decimal(1))["price"] == 110


def test_a_bot_that_never_began_has_its_capital() -> None:
    row = row_of(a_fleet_row(state=BotState.CREATED, checkpoint=None), Decimal(7))
    assert (row["equity"], row["position"], row["total_return"]) == (1000, 0, None)
    assert row["price"] == 7


def test_money_of_two_quote_currencies_is_never_added() -> None:
    usdt = [row_of(a_fleet_row(name), Decimal(120)) for name in ("a", "b")]
    coin = row_of(a_fleet_row("eth-btc", BotState.CREATED, checkpoint=None))
    totals = totals_of([coin | {"currency": "BTC", "equity": 2.0}, *usdt])
    assert totals["bots"] == 3
    sums = [(one["currency"], one["bots"], one["equity"]) for one in totals["money"]]
    assert sums == [("USDT", 2, 2 * 1039), ("BTC", 1, 2.0)]
    assert "equity" not in totals


def test_a_bot_that_warms_up_does_not_run_yet() -> None:
    rows = [row_of(a_fleet_row(s)) for s in ("a", "b")]
    rows.append(row_of(a_fleet_row("c", BotState.WARMING_UP, checkpoint=None)))
    totals = totals_of(rows)
    assert (totals["bots"], totals["running"], totals["warming_up"]) == (3, 2, 1)


def test_the_fleet_is_the_sum_of_its_bots_without_those_put_away() -> None:
    rows = [
        row_of(a_fleet_row("a"), Decimal(120)),
        row_of(a_fleet_row("b", BotState.FAILED)),
        row_of(a_fleet_row("c", BotState.PAUSED), Decimal(100)),
        row_of(a_fleet_row("d", BotState.ARCHIVED)),
    ]
    totals = totals_of(rows)
    assert (totals["bots"], totals["running"], totals["paused"], totals["failed"]) == (3, 1, 1, 1)
    assert totals["money"] == [
        {
            "currency": "USDT",
            "bots": 3,
            "equity": 1039 + 1019 + 999,
            "profit_today": totals["money"][0]["profit_today"],
            "total_profit": 39 + 19 - 1,
            "exposure": 240 + 220 + 200,
        }
    ]
    assert totals["worst_bot"] == "c"
    assert totals_of([])["drawdown"] == 0


def test_a_stored_bot_on_an_unknown_instrument_is_shown_and_adds_nothing() -> None:
    stored = a_fleet_row(state=BotState.CREATED, checkpoint=None, is_instrument_known=False)
    row = row_of(stored)
    assert row["degraded_reason"].startswith("instrument okx:BTC-USDT is unknown")
    assert row["next_step"] == "does not trade and is left out of totals"
    (money,) = totals_of([row, row_of(a_fleet_row(), Decimal(120))])["money"]
    assert money["equity"] == 1039
