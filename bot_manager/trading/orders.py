"""Orders as values: the intent, and whether it was filled or refused."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from bot_manager.trading.codes import NEVER, OrderReason, OrderRefusal
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import Scales, from_us
from data import Side


class OrderType(StrEnum):
    """MARKET fills at the next print; LIMIT rests at its price."""

    MARKET = "market"
    LIMIT = "limit"


class OrderStatus(StrEnum):
    """An order is filled whole by one print, or refused."""

    FILLED = "filled"
    REFUSED = "refused"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An intent to change a position, numbered by its account.

    `trade_id` is that of the print that filled or refused it, None for a print of a candle. `size`
    is 0 if it was refused before its size was computed.
    """

    account: int
    sequence: int
    time: datetime
    trade_id: int | None
    side: Side
    type: OrderType
    size: Decimal
    reason: OrderReason
    status: OrderStatus
    refusal: OrderRefusal


def orders_of(rows: RowArray, scales: Scales) -> Iterator[Order]:
    """Convert order rows of the kernel."""
    for row in rows:
        refusal = OrderRefusal(int(row["refusal"]))
        yield Order(
            account=int(row["account"]),
            sequence=int(row["sequence"]),
            time=from_us(row["time"]),
            trade_id=trade_id_of(row["trade_id"]),
            side=side_of(row["side"]),
            type=OrderType.LIMIT if row["maker"] else OrderType.MARKET,
            size=scales.size(row["size"]),
            reason=OrderReason(int(row["reason"])),
            status=OrderStatus.REFUSED if refusal else OrderStatus.FILLED,
            refusal=refusal,
        )


def side_of(side: int) -> Side:
    """Convert the kernel's side, 1 or -1."""
    return Side.BUY if side > 0 else Side.SELL


def trade_id_of(trade_id: int) -> int | None:
    """Return a trade id, or None for a print of a candle."""
    return None if trade_id == NEVER else int(trade_id)
