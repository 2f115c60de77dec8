"""Orders, fills, portfolios and round trips as values."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from bot_manager.trading.codes import OrderReason, OrderRefusal
from bot_manager.trading.fills import Fill
from bot_manager.trading.orders import OrderStatus, OrderType
from bot_manager.trading.parameters import QuoteAmount
from bot_manager.trading.portfolio import Portfolio
from bot_manager.trading.round_trips import round_trip_rows, round_trips_of
from data import Side
from tests.builders import at
from tests.unit.bot_manager.kernel_builders import (
    FEES,
    FLAT,
    LONG,
    SHORT,
    SWAP,
    given,
    on_candles,
    on_tape,
)
from utils.codec import decode, encode

PATH = [(0, 100), (60, 96), (120, 108), (180, 105), (240, 90)]
TARGETS = [(0, LONG), (180, SHORT), (240, FLAT)]
FEED = given(costs=FEES, sizing=QuoteAmount(amount=Decimal(500)))


def test_an_order_has_its_intent_and_its_outcome() -> None:
    path, targets = [(0, 100), (60, 105), (120, 105)], [(0, LONG), (120, SHORT)]
    outcome = on_tape(path, targets, given(take_profit="0.05"), commands=[(90, "PAUSE")])
    entry, take_profit, refused = outcome.orders
    assert (entry.side, entry.type, entry.status) == (
        Side.BUY,
        OrderType.MARKET,
        OrderStatus.FILLED,
    )
    assert (take_profit.side, take_profit.type, take_profit.reason) == (
        Side.SELL,
        OrderType.LIMIT,
        OrderReason.TAKE_PROFIT,
    )
    assert (refused.status, refused.refusal) == (OrderStatus.REFUSED, OrderRefusal.PAUSED)
    assert [order.sequence for order in outcome.orders] == [0, 1, 2]
    assert entry.time == at(0)
    assert entry.trade_id == 0


def test_an_order_filled_by_a_candle_names_no_trade() -> None:
    assert on_candles([(100, 100, 100, 100)]).orders[0].trade_id is None


def test_orders_and_fills_travel() -> None:
    outcome = on_tape(PATH, TARGETS, FEED)
    for value in (*outcome.orders, *outcome.fills, outcome.portfolio):
        assert decode(type(value), encode(value)) == value


def test_a_portfolio_is_a_fold_of_fills() -> None:
    outcome = on_tape(PATH, TARGETS[:2], FEED)
    portfolio = Portfolio.opening(FEED.capital, outcome.scales)
    for fill in outcome.fills:
        portfolio = portfolio.after(fill)
        assert (portfolio.cash, portfolio.position.size) == (fill.cash, fill.position)
        assert portfolio.equity(fill.market_price) == fill.equity
    assert portfolio == outcome.portfolio


def a_fill(side: Side, size: str, price: str, fee: str = "0") -> Fill:
    outcome = on_tape([(0, 100)], [(0, LONG)])
    return msgspec.structs.replace(
        outcome.fills[0], side=side, size=Decimal(size), price=Decimal(price), fee=Decimal(fee)
    )


def portfolio_after(*fills: Fill) -> Portfolio:
    outcome = on_tape([(0, 100)], [(0, LONG)])
    portfolio = Portfolio.opening(Decimal(1000), outcome.scales)
    for fill in fills:
        portfolio = portfolio.after(fill)
    return portfolio


def test_a_part_that_is_closed_removes_its_share_of_the_cost() -> None:
    bought = a_fill(Side.BUY, "0.07", "100.1")
    after = portfolio_after(bought, a_fill(Side.SELL, "0.03", "110"))
    # cost 7.007, of which three sevenths are 3.003
    assert after.position.cost == Decimal("4.004")
    assert after.realised == Decimal("3.3") - Decimal("3.003")


def test_the_removed_cost_is_rounded_down_and_the_last_close_takes_the_rest() -> None:
    bought = a_fill(Side.BUY, "0.03", "33.4")
    added = a_fill(Side.BUY, "0.04", "33.3")
    part = a_fill(Side.SELL, "0.01", "40")
    rest = a_fill(Side.SELL, "0.06", "40")
    # cost 2.334; a seventh is 0.3334285.., down to 0.333
    assert portfolio_after(bought, added, part).position.cost == Decimal("2.001")
    closed = portfolio_after(bought, added, part, rest)
    assert closed.position.cost == 0
    assert closed.realised == Decimal("2.8") - Decimal("2.334")
    assert closed.cash == 1000 + closed.realised


def test_one_fill_may_flip_a_position() -> None:
    flipped = portfolio_after(a_fill(Side.BUY, "2", "100"), a_fill(Side.SELL, "5", "110", "0.5"))
    assert flipped.position.size == -3
    assert flipped.position.cost == -330
    assert flipped.position.average_entry == 110
    assert (flipped.realised, flipped.fees) == (20, Decimal("0.5"))
    assert flipped.cash == 1000 - 200 + 550 - Decimal("0.5")


def test_a_flat_position_has_no_entry() -> None:
    assert portfolio_after().position.average_entry is None


def test_a_round_trip_runs_from_entry_to_flat() -> None:
    outcome = on_tape(PATH, TARGETS, FEED)
    rows = round_trip_rows(outcome.folded.orders, outcome.scales.contract_units)
    long, short = round_trips_of(rows, outcome.scales)
    assert (long.side, long.size) == (Side.BUY, 5)
    assert (long.entry_price, long.exit_price) == (100, 105)
    assert (long.entry_value, long.exit_value) == (500, 525)
    assert long.fees == Decimal("1.025")
    assert long.profit == Decimal("23.975")
    # down to 96 and up to 108 on the way
    assert (long.adverse, long.favourable) == (20, 40)
    assert (long.entry_time, long.duration) == (at(0), timedelta(minutes=3))
    assert long.exit_reason is OrderReason.SIGNAL
    assert short.side is Side.SELL
    assert short.profit == short.size * 15 - short.fees
    assert (short.adverse, short.favourable) == (0, short.size * 15)


def test_an_open_position_is_no_round_trip() -> None:
    outcome = on_tape(PATH, TARGETS[:2])
    assert len(round_trip_rows(outcome.folded.orders, 1)) == 1
    assert len(round_trip_rows(on_tape(PATH, []).folded.orders, 1)) == 0


def test_a_refused_order_is_no_round_trip() -> None:
    outcome = on_tape(PATH, TARGETS, commands=[(100, "PAUSE")])
    assert len(round_trip_rows(outcome.folded.orders, 1)) == 1


def test_the_risk_of_a_round_trip_is_the_loss_at_its_stop() -> None:
    outcome = on_tape(PATH, TARGETS, given(stop="0.1"))
    rows = round_trip_rows(outcome.folded.orders, 1)
    round_trip = next(round_trips_of(rows, outcome.scales))
    assert round_trip.risk == 100


@pytest.mark.parametrize("contract", ["0.01", "1", "100"])
def test_round_trips_count_the_contract(contract: str) -> None:
    other = msgspec.structs.replace(SWAP, contract_value=Decimal(contract))
    outcome = on_tape(PATH, TARGETS, given(capital="100000"), instrument=other)
    rows = round_trip_rows(outcome.folded.orders, outcome.scales.contract_units)
    round_trips = list(round_trips_of(rows, outcome.scales))
    assert sum(round_trip.profit for round_trip in round_trips) == outcome.portfolio.cash - 100_000
