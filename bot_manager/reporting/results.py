"""Results of a bot's orders and marks: round trips and its current portfolio. Pure."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.trading import RoundTrip
from data import Side


class BotPortfolio(msgspec.Struct, frozen=True, kw_only=True):
    """Portfolio of a bot, in quote currency, as of its newest order or mark.

    `exposure` is the position's signed value, `drawdown` the fraction lost of the highest equity.
    Profit is before fees.
    """

    time: datetime | None
    capital: Decimal
    equity: Decimal
    cash: Decimal
    position: Decimal
    exposure: Decimal
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    drawdown: Decimal


def round_trips(orders: Sequence[AccountOrder], contract: Decimal) -> list[RoundTrip]:
    """Pair one bot's fills into closed round trips; `contract`: value of one unit of size.

    The kernel closes positions whole, so fills alternate: entry, exit.
    """
    filled = [order for order in orders if order.filled]
    return [
        _round_trip(entry, leaving, contract)
        for entry, leaving in zip(filled[::2], filled[1::2], strict=False)
    ]


def portfolio_of_bot(
    capital: Decimal, orders: Sequence[AccountOrder], marks: Sequence[EquityMark]
) -> BotPortfolio:
    """Return a bot's portfolio from all its orders and marks; assumes no later deposits."""
    filled = [order for order in orders if order.filled]
    cash = filled[-1].cash if filled else capital
    position = filled[-1].position if filled else Decimal(0)
    rows: list[AccountOrder | EquityMark] = [*filled, *marks]
    newest = max(rows, key=lambda row: row.time, default=None)
    equity = newest.equity if newest is not None else capital
    realised = sum((order.realised for order in filled), Decimal(0))
    fees = sum((order.fee for order in filled), Decimal(0))
    peak = max([capital, *(row.equity for row in rows)])
    return BotPortfolio(
        time=None if newest is None else newest.time,
        capital=capital,
        equity=equity,
        cash=cash,
        position=position,
        exposure=equity - cash,
        realised=realised,
        unrealised=equity - capital - realised + fees,
        fees=fees,
        drawdown=(peak - equity) / peak,
    )


def _round_trip(entry: AccountOrder, leaving: AccountOrder, contract: Decimal) -> RoundTrip:
    unit = leaving.size * contract
    below, above = (entry.price - leaving.low) * unit, (leaving.high - entry.price) * unit
    is_long = entry.side is Side.BUY
    fees = entry.fee + leaving.fee
    return RoundTrip(
        account=0,
        side=entry.side,
        size=leaving.size,
        entry_time=entry.time,
        exit_time=leaving.time,
        entry_price=entry.price,
        exit_price=leaving.price,
        entry_value=entry.price * unit,
        exit_value=leaving.price * unit,
        fees=fees,
        profit=leaving.realised - fees,
        adverse=max(below if is_long else above, Decimal(0)),
        favourable=max(above if is_long else below, Decimal(0)),
        risk=entry.risk,
        exit_reason=leaving.reason,
    )
