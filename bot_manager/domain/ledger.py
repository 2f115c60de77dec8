"""Ledger rows of accounts, as values to store: orders, equity marks and checkpoints."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
import numpy as np

from bot_manager.errors import AccountError
from bot_manager.trading import OrderReason, OrderRefusal, Scales, from_us
from bot_manager.trading.account import STATE
from bot_manager.trading.fills import side_of
from bot_manager.trading.rows import RowArray
from data import Cursor, Side


class AccountOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of a bot: filled by the print `trade_id`, or refused. Its id is (bot, sequence).

    `market_price` and `print_size` are the evidence: the print's price and size. `realised` is
    before fees; `risk` the loss at the stop as it was placed; `high` and `low` the market's
    extremes since the entry. `position`, `cash` and `equity` are afterwards.
    """

    bot: str
    sequence: int
    time: datetime
    trade_id: int
    side: Side
    is_maker: bool
    reason: OrderReason
    refusal: OrderRefusal
    size: Decimal
    price: Decimal
    fee: Decimal
    market_price: Decimal
    print_size: Decimal
    realised: Decimal
    risk: Decimal
    high: Decimal
    low: Decimal
    position: Decimal
    cash: Decimal
    equity: Decimal

    @property
    def filled(self) -> bool:
        """Return whether the order was filled."""
        return self.refusal is OrderRefusal.NONE


class EquityMark(msgspec.Struct, frozen=True, kw_only=True):
    """A bot's equity at the close of a candle; its id is (bot, time)."""

    bot: str
    time: datetime
    equity: Decimal
    position_value: Decimal


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """State of a bot's account after the print at its own cursor, in its own units.

    `session` is the sequence of the journal entry that started its session.
    """

    bot: str
    session: int
    scales: Scales
    state: dict[str, int]

    @property
    def cursor(self) -> Cursor:
        """Return the cursor up to which the account is folded."""
        return Cursor(from_us(self.state["time"]), self.state["trade_id"])

    def row(self) -> RowArray:
        """Return the state as a kernel row. Raises AccountError if its layout differs."""
        names = STATE.names or ()
        if set(names) != self.state.keys():
            wrong = ", ".join(sorted(set(names) ^ self.state.keys()))
            raise AccountError(f"bot {self.bot}: the stored account differs in {wrong}: replay it")
        return np.array([tuple(self.state[name] for name in names)], STATE)


def checkpoint_of(bot: str, session: int, scales: Scales, state: np.void) -> Checkpoint:
    """Convert a kernel state to a checkpoint."""
    values = {name: int(state[name]) for name in STATE.names or ()}
    return Checkpoint(bot=bot, session=session, scales=scales, state=values)


def account_orders(rows: RowArray, bots: Sequence[str], scales: Scales) -> Iterator[AccountOrder]:
    """Convert order rows of the kernel; account numbers are indexes of `bots`."""
    for row in rows:
        yield AccountOrder(
            bot=bots[int(row["account"])],
            sequence=int(row["sequence"]),
            time=from_us(row["time"]),
            trade_id=int(row["trade_id"]),
            side=side_of(row["side"]),
            is_maker=bool(row["maker"]),
            reason=OrderReason(int(row["reason"])),
            refusal=OrderRefusal(int(row["refusal"])),
            size=scales.size(row["size"]),
            print_size=scales.size(row["print_size"]),
            position=scales.size(row["position"]),
            price=scales.price(row["price"]),
            market_price=scales.price(row["market"]),
            high=scales.price(row["high"]),
            low=scales.price(row["low"]),
            **{
                name: scales.money(row[name])
                for name in ("fee", "realised", "risk", "cash", "equity")
            },
        )


def equity_marks(rows: RowArray, bots: Sequence[str], scales: Scales) -> Iterator[EquityMark]:
    """Convert mark rows of the kernel; account numbers are indexes of `bots`."""
    for row in rows:
        yield EquityMark(
            bot=bots[int(row["account"])],
            time=from_us(row["time"]),
            equity=scales.money(row["equity"]),
            position_value=scales.money(row["value"]),
        )
