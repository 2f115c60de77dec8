"""Orders, fills and round trips as values."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from bot_manager.trading.codes import OrderReason, OrderRefusal
from bot_manager.trading.parameters import QuoteAmount
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
    assert (entry.side, entry.is_maker, entry.filled) == (Side.BUY, False, True)
    assert (take_profit.side, take_profit.is_maker) == (Side.SELL, True)
    assert take_profit.reason is OrderReason.TAKE_PROFIT
    assert (refused.filled, refused.refusal) == (False, OrderRefusal.PAUSED)
    assert [order.sequence for order in outcome.orders] == [0, 1, 2]
    assert entry.time == at(0)
    assert entry.trade_id == 0


def test_a_fill_by_a_candle_names_no_trade() -> None:
    assert on_candles([(100, 100, 100, 100)]).fills[0].trade_id is None


def test_orders_and_fills_travel() -> None:
    outcome = on_tape(PATH, TARGETS, FEED)
    for value in (*outcome.orders, *outcome.fills):
        assert decode(type(value), encode(value)) == value


def test_the_fills_of_an_account_add_up_to_its_money() -> None:
    outcome = on_tape(PATH, TARGETS[:2], FEED)
    cash, position = FEED.capital, Decimal(0)
    for fill in outcome.fills:
        signed = fill.size if fill.side is Side.BUY else -fill.size
        cash, position = cash - signed * fill.price - fill.fee, position + signed
        assert (cash, position) == (fill.cash, fill.position)
        assert cash + position * fill.market_price == fill.equity
    value = outcome.value()
    assert (value.cash, value.position) == (cash, position)
    assert value.fees == sum(fill.fee for fill in outcome.fills)


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
    assert sum(round_trip.profit for round_trip in round_trips) == outcome.value().cash - 100_000
