"""All bots together: deposits are no profit, and metrics are those of backtests."""

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.domain.lifecycle import BotState
from bot_manager.reporting.fleet import FleetRow, ProfitChange, SessionCapital
from bot_manager.trading import to_us
from dashboard.features.bots.csv_export import days_csv, round_trips_csv
from dashboard.features.bots.portfolio_payload import (
    BotSelection,
    portfolio_payload,
    selected_round_trips,
    start_of,
)
from dashboard.features.bots.reads import FleetChanges, FleetHistory, step_of
from data import Side
from tests.builders import START
from tests.unit.bot_manager.bot_builders import SCALES, a_checkpoint, an_order
from tests.unit.bot_manager.reporting.test_valuation import a_long
from tests.unit.dashboard.features.bots.test_rows import a_fleet_row

DAY = timedelta(days=1)
END = START + 3 * DAY


def of_bot(name: str, equity: int, capital: int = 1000) -> FleetRow:
    """Return a stopped, flat bot with this equity and capital."""
    checkpoint = a_checkpoint(name)
    state = checkpoint.state | {
        "time": to_us(END),
        "cash": SCALES.money_units(Decimal(equity)),
        "realised": SCALES.money_units(Decimal(equity - capital)),
        "peak": SCALES.money_units(Decimal(equity)),
        "day_due": to_us(END + DAY),
    }
    kept = msgspec.structs.replace(checkpoint, state=state)
    return a_fleet_row(name, BotState.STOPPED, checkpoint=kept)


def mark(bot: str, days: float, equity: int) -> EquityMark:
    time = START + days * DAY
    return EquityMark(bot=bot, time=time, equity=Decimal(equity), position_value=Decimal(0))


def fill(bot: str, sequence: int, days: float, price: int, realised: int = 0) -> AccountOrder:
    return msgspec.structs.replace(
        an_order(sequence, bot),
        time=START + days * DAY,
        side=Side.SELL if sequence % 2 else Side.BUY,
        price=Decimal(price),
        size=Decimal(1),
        fee=Decimal(0),
        realised=Decimal(realised),
        high=Decimal(price),
        low=Decimal(price),
    )


def history(**changes: object) -> FleetHistory:
    """Return alice, who started with 1,000 and won 100, and bob, who lost 50 of 500 a day later."""
    marks = [mark("alice", 1, 1040), mark("alice", 2, 1100), mark("bob", 2, 450)]
    facts: dict[str, object] = {
        "fleet_rows": [of_bot("alice", 1100), of_bot("bob", 450, 500)],
        "prices": {},
        "paid_in": [paid("alice", 0, 1000), paid("bob", 1, 500)],
        "fills": [fill("alice", 0, 0.5, 100), fill("alice", 1, 1.5, 200, realised=100)],
        "days": marks,
        "marks": marks,
        "start": START,
        "end": END,
    }
    return FleetHistory(**(facts | changes))  # type: ignore[arg-type]


def paid(bot: str, days: float, capital: int) -> SessionCapital:
    return SessionCapital(bot=bot, session=0, time=START + days * DAY, capital=Decimal(capital))


def payload_of(history: FleetHistory, search: str = "", *changes: ProfitChange) -> dict[str, Any]:
    return portfolio_payload(
        history, FleetChanges(changes=list(changes)), BotSelection.of(history, search)
    )


def change(days: float, amount: int) -> ProfitChange:
    return ProfitChange(time=START + days * DAY, change=Decimal(amount))


def test_the_maximum_drawdown_is_over_every_mark_and_fill() -> None:
    """Marks of days rise from 1,500 to 1,550; inside the second one 300 are lost for a while."""
    inside = change(1, 40), change(1.2, -300), change(1.3, 310)
    metrics = payload_of(history(), "", *inside)["metrics"]
    assert metrics["max_drawdown"] == pytest.approx(300 / 1540)
    assert metrics["max_drawdown_money"] == pytest.approx(300)


def test_a_profit_from_before_the_span_is_no_fall_in_it() -> None:
    lost_before = history(start=START + DAY)
    assert payload_of(lost_before, "", change(1, -400))["metrics"]["max_drawdown"] == 0
    gained = payload_of(lost_before, "", change(1, 500), change(2, -100))["metrics"]
    assert gained["max_drawdown"] == pytest.approx((2000 - 1550) / 2000)


def test_capital_that_comes_later_is_no_profit() -> None:
    payload = payload_of(history())
    assert payload["curve"]["equity"] == [1500, 1540, 1550, 1550]
    assert payload["metrics"]["net_profit"] == pytest.approx(50)
    assert payload["metrics"]["total_return"] == pytest.approx(50 / 1500)


def test_what_is_added_to_a_bot_is_no_profit_either() -> None:
    more = history(
        fleet_rows=[of_bot("alice", 2100, 2000)],
        paid_in=[paid("alice", 0, 1000), paid("alice", 1.5, 2000)],
        marks=[mark("alice", 1, 1040), mark("alice", 2, 2100)],
        days=[mark("alice", 1, 1040), mark("alice", 2, 2100)],
    )
    assert payload_of(more)["metrics"]["net_profit"] == pytest.approx(100)


def test_a_later_start_measures_from_there() -> None:
    late = payload_of(history(start=START + 1.5 * DAY, fills=[]))
    assert late["curve"]["equity"][0] == 1540
    assert late["metrics"]["net_profit"] == pytest.approx(10)
    assert [each["profit"] for each in late["members"]] == [60, -50]


def test_round_trips_count_by_their_exit() -> None:
    payload = payload_of(history())
    assert payload["metrics"]["round_trips"] == 1
    assert payload["closed_round_trips"][0]["bot"] == "alice"
    assert payload["closed_round_trips"][0]["profit"] == 100
    assert payload_of(history(start=START + 2 * DAY))["round_trips"] == 0


def test_profit_adds_up_by_strategy_instrument_and_hour_of_the_exit() -> None:
    fills = [
        *history().fills,
        *(fill("bob", 0, 1.25, 60), fill("bob", 1, 2, 10, realised=-50)),
    ]
    by = payload_of(history(fills=fills))["profit_by"]
    assert by["strategy"] == [
        {"name": "EmaCrossover", "profit": 50, "round_trips": 2, "won": 1},
    ]
    assert [row["name"] for row in by["instrument"]] == ["okx:BTC-USDT"]
    assert [row["name"] for row in by["hour"]] == [f"{hour:02}" for hour in range(24)]
    assert [(row["name"], row["profit"]) for row in by["hour"] if row["round_trips"]] == [
        (f"{START + 2 * DAY:%H}", -50),
        (f"{START + 1.5 * DAY:%H}", 100),
    ]


def test_a_round_trip_has_its_adverse_and_favourable_excursion() -> None:
    entry, leaving = history().fills
    wild = msgspec.structs.replace(leaving, low=Decimal(70), high=Decimal(260))
    (round_trip,) = payload_of(history(fills=[entry, wild]))["closed_round_trips"]
    assert (round_trip["adverse"], round_trip["favourable"], round_trip["profit"]) == (30, 160, 100)


def test_fills_explain_the_equity_or_the_bot_and_the_difference_are_named() -> None:
    sides = payload_of(history())["reconciliation"]
    # Bob lost 50, without a fill that explains it.
    assert sides["differences"] == {"alice": "0", "bob": "-50"}
    assert (sides["realised"], sides["change"]) == (100, 50)
    assert payload_of(history(), "alice")["reconciliation"]["differences"] == {"alice": "0"}


def test_an_open_position_is_explained_by_its_fill_and_the_price() -> None:
    long = a_fleet_row("alice", checkpoint=a_long(time=to_us(END)))
    bought = msgspec.structs.replace(fill("alice", 0, 1, 100), size=Decimal(2), fee=Decimal(1))
    for prices in ({}, {long.config.instrument_id: Decimal("123.4")}):
        past = history(fleet_rows=[long], fills=[bought], prices=prices)
        assert payload_of(past)["reconciliation"]["differences"] == {"alice": "0"}
    dear = msgspec.structs.replace(bought, price=Decimal("100.1"))
    past = history(fleet_rows=[long], fills=[dear])
    assert payload_of(past)["reconciliation"]["differences"] == {"alice": "0.2"}


def test_a_fill_behind_the_checkpoint_waits_for_the_next_one() -> None:
    late = fill("alice", 2, 3.5, 300)
    past = history(fills=[*history().fills, late])
    assert payload_of(past)["reconciliation"]["differences"]["alice"] == "0"


def test_each_session_is_measured_against_its_own_capital() -> None:
    raised = SessionCapital(bot="alice", session=9, time=START + DAY, capital=Decimal(7000))
    past = history(paid_in=[paid("alice", 0, 1000), raised, paid("bob", 1, 500)])
    assert payload_of(past)["reconciliation"]["differences"]["alice"] == "0"


def test_search_text_selects_bots() -> None:
    payload = payload_of(history(), "ALICE")
    assert [each["name"] for each in payload["members"]] == ["alice"]
    assert payload["metrics"]["net_profit"] == pytest.approx(100)
    assert payload_of(history(), "nobody")["curve"] is None


def in_two_currencies() -> FleetHistory:
    """Return the history of alice in USDT and of bob in BTC."""
    past = history()
    alice, bob = past.fleet_rows
    config = bob.config.model_copy(update={"instrument": "okx:ETH-BTC"})
    return dataclasses.replace(past, fleet_rows=[alice, dataclasses.replace(bob, config=config)])


def test_money_of_two_quote_currencies_is_shown_one_by_one() -> None:
    past = in_two_currencies()
    both = BotSelection.of(past)
    assert (both.currency, both.currencies) == ("BTC", ["BTC", "USDT"])
    for currency, name, profit in (("USDT", "alice", 100), ("BTC", "bob", -50)):
        selection = BotSelection.of(past, "", currency)
        payload = portfolio_payload(past, FleetChanges(changes=[]), selection)
        assert [member["name"] for member in payload["members"]] == [name]
        assert payload["metrics"]["net_profit"] == pytest.approx(profit)
        assert sum(payload["day_profits"]["profit"]) == pytest.approx(profit)
        assert list(payload["reconciliation"]["differences"]) == [name]
        assert payload["currencies"] == ["BTC", "USDT"]
    assert [bot for bot, _ in selected_round_trips(past, BotSelection.of(past, "", "USDT"))] == [
        "alice"
    ]
    assert selected_round_trips(past, both) == []
    assert BotSelection.of(past, "alice").currency == "USDT"


def test_days_and_months_add_up() -> None:
    payload = payload_of(history())
    assert sum(payload["day_profits"]["profit"]) == pytest.approx(50)
    assert payload["months"][0]["total"] == pytest.approx(50 / 1500)


def test_round_trips_become_rows_with_exact_amounts() -> None:
    past = history()
    configs = {one.status.name: one.config for one in past.fleet_rows}
    head, row = round_trips_csv(
        selected_round_trips(past, BotSelection.of(past)), configs
    ).splitlines()
    result = dict(zip(head.split(","), row.split(","), strict=True))
    assert (result["bot"], result["side"], result["profit"]) == ("alice", "long", "100")
    assert result["exit_time"] == (START + 1.5 * DAY).isoformat()
    assert result["duration_s"] == "86400.0"
    assert selected_round_trips(past, BotSelection.of(past, "bob")) == []


def test_days_become_rows_whose_equity_ends_at_the_shown_value() -> None:
    payload = payload_of(history())
    rows = [
        line.split(",") for line in days_csv(**payload["day_profits"], currency="USDT").splitlines()
    ]
    assert rows[0] == ["day", "profit", "equity", "currency"]
    assert {row[3] for row in rows[1:]} == {"USDT"}
    assert [row[0] for row in rows[1:]] == [f"{START + at * DAY:%Y-%m-%d}" for at in range(4)]
    assert float(rows[-1][2]) == payload["curve"]["equity"][-1]


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_text_is_a_formula(begins: str) -> None:
    past = history()
    config = past.fleet_rows[0].config.model_copy(update={"strategy": f"{begins}cmd()"})
    lost = [
        ("alice", msgspec.structs.replace(round_trip, profit=Decimal(-7)))
        for _, round_trip in selected_round_trips(past, BotSelection.of(past))
    ]
    row = round_trips_csv(lost, {"alice": config}).splitlines()[1].split(",")
    assert row[1] == f"'{begins}cmd()"
    assert "-7" in row


def test_without_bots_there_is_nothing_to_measure() -> None:
    payload = payload_of(history(fleet_rows=[], paid_in=[], fills=[], days=[], marks=[]))
    assert (payload["bots"], payload["metrics"], payload["months"]) == (0, {}, [])


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("7d", START - 7 * DAY),
        ("all", None),
        ("", None),
        ("ytd", datetime(START.year, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_range_has_a_start(name: str, begins: datetime | None) -> None:
    assert start_of(name, START) == begins


def test_a_curve_is_as_fine_as_a_screen() -> None:
    assert step_of(timedelta(minutes=5)) == timedelta(minutes=1)
    assert step_of(30 * DAY) == timedelta(minutes=72)
