"""Fills as values: execution of an order, and the account afterwards."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from bot_manager.trading.codes import NEVER, OrderReason
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import Scales, from_us
from data import Side


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of an order.

    `market_price` and `print_size` are the evidence: the print's price and size, 0 for a print of a
    candle. `realised` is before fees. `position`, `cash` and `equity` are afterwards.
    """

    account: int
    sequence: int
    time: datetime
    trade_id: int | None
    side: Side
    size: Decimal
    price: Decimal
    fee: Decimal
    is_maker: bool
    reason: OrderReason
    market_price: Decimal
    print_size: Decimal
    realised: Decimal
    position: Decimal
    cash: Decimal
    equity: Decimal


def fills_of(rows: RowArray, scales: Scales) -> Iterator[Fill]:
    """Yield the fills among order rows of the kernel."""
    for row in rows[rows["refusal"] == 0]:
        yield Fill(
            account=int(row["account"]),
            sequence=int(row["sequence"]),
            time=from_us(row["time"]),
            trade_id=trade_id_of(row["trade_id"]),
            side=side_of(row["side"]),
            size=scales.size(row["size"]),
            price=scales.price(row["price"]),
            fee=scales.money(row["fee"]),
            is_maker=bool(row["maker"]),
            reason=OrderReason(int(row["reason"])),
            market_price=scales.price(row["market"]),
            print_size=scales.size(row["print_size"]),
            realised=scales.money(row["realised"]),
            position=scales.size(row["position"]),
            cash=scales.money(row["cash"]),
            equity=scales.money(row["equity"]),
        )


def side_of(side: int) -> Side:
    """Convert the kernel's side, 1 or -1."""
    return Side.BUY if side > 0 else Side.SELL


def trade_id_of(trade_id: int) -> int | None:
    """Return a trade id, or None for a print of a candle."""
    return None if trade_id == NEVER else int(trade_id)
