"""Fills as values: execution of an order, and the account afterwards."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from bot_manager.trading.codes import OrderReason
from bot_manager.trading.orders import side_of, trade_id_of
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import Scales, from_us
from data import Side


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of an Order.

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
