"""Round trips, from entry to flat: the unit of win rate."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import numpy as np

from bot_manager.trading.codes import OrderReason
from bot_manager.trading.fills import side_of
from bot_manager.trading.rows import Count, Money, Price, RowArray, Size, Time, row_type
from bot_manager.trading.units import Scales, from_us
from data import Side


class RoundTripRow:
    """A round trip in an account's units; side 1 was long, -1 short. See RoundTrip."""

    account: Count
    side: Count
    size: Size
    entry_time: Time
    exit_time: Time
    entry_price: Price
    exit_price: Price
    entry_value: Money
    exit_value: Money
    fees: Money
    profit: Money
    adverse: Money
    favourable: Money
    risk: Money
    exit_reason: Count


ROUND_TRIPS = row_type(RoundTripRow)


class RoundTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A position from its entry to flat, in quote currency.

    `profit` is net of both fees. `adverse` and `favourable` are the greatest loss and profit while
    it was open, before fees, both at least 0. `risk` is the loss at the stop as it was first
    placed, 0 without one.
    """

    account: int
    side: Side
    size: Decimal
    entry_time: datetime
    exit_time: datetime
    entry_price: Decimal
    exit_price: Decimal
    entry_value: Decimal
    exit_value: Decimal
    fees: Decimal
    profit: Decimal
    adverse: Decimal
    favourable: Decimal
    risk: Decimal
    exit_reason: OrderReason

    @property
    def duration(self) -> timedelta:
        """Return the holding time."""
        return self.exit_time - self.entry_time


def round_trip_rows(orders: RowArray, contract: int) -> RowArray:
    """Pair the fills of one account, which opened flat, into its closed round trips."""
    # `compress` copies whole rows; a mask as an index copies them field by field, far slower.
    filled = orders.compress(orders["refusal"] == 0)
    flat = filled["position"] == 0
    exits = filled.compress(flat)
    entries = filled.compress(~flat)[: len(exits)]
    unit = exits["size"] * contract
    rows = np.zeros(len(exits), ROUND_TRIPS)
    for name in ("account", "side", "size"):
        rows[name] = entries[name]
    rows["entry_time"], rows["exit_time"] = entries["time"], exits["time"]
    rows["entry_price"], rows["exit_price"] = entries["price"], exits["price"]
    rows["entry_value"], rows["exit_value"] = entries["price"] * unit, exits["price"] * unit
    rows["fees"] = entries["fee"] + exits["fee"]
    rows["profit"] = exits["realised"] - rows["fees"]
    is_long = entries["side"] > 0
    below = (entries["price"] - exits["low"]) * unit
    above = (exits["high"] - entries["price"]) * unit
    rows["adverse"] = np.maximum(np.where(is_long, below, above), 0)
    rows["favourable"] = np.maximum(np.where(is_long, above, below), 0)
    rows["risk"], rows["exit_reason"] = entries["risk"], exits["reason"]
    return rows


def round_trips_of(rows: RowArray, scales: Scales) -> Iterator[RoundTrip]:
    """Convert round trip rows."""
    for row in rows:
        yield RoundTrip(
            account=int(row["account"]),
            side=side_of(row["side"]),
            size=scales.size(row["size"]),
            entry_time=from_us(row["entry_time"]),
            exit_time=from_us(row["exit_time"]),
            entry_price=scales.price(row["entry_price"]),
            exit_price=scales.price(row["exit_price"]),
            exit_reason=OrderReason(int(row["exit_reason"])),
            **{
                name: scales.money(row[name])
                for name in (
                    "entry_value", "exit_value", "fees", "profit", "adverse", "favourable", "risk",
                )
            },
        )  # fmt: skip
