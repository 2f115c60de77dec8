"""Valuation of an account at a price, from its checkpoint. Pure, exact."""

from datetime import datetime
from decimal import Decimal

import msgspec

from bot_manager.domain.ledger import Checkpoint
from bot_manager.trading import from_us

# A level that is never reached is stored as a price above this.
_UNREACHED = 2**61


class Valuation(msgspec.Struct, frozen=True, kw_only=True):
    """An account's money at `price`, in quote currency.

    `capital` is the sum of all deposits. `profit` is net of fees, `unrealised` and `realised` are
    before them. `drawdown` is the fraction lost of the highest equity. Levels are None where there
    is none; `stop` is the nearest price on the losing side at which the position is closed.
    """

    price: Decimal
    capital: Decimal
    equity: Decimal
    cash: Decimal
    position: Decimal
    exposure: Decimal
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    profit: Decimal
    drawdown: Decimal
    entry: Decimal | None = None
    entry_time: datetime | None = None
    stop: Decimal | None = None
    take_profit: Decimal | None = None


def value_account(checkpoint: Checkpoint, price: Decimal | None = None) -> Valuation:
    """Value an account at a price, else at the last price it processed."""
    scales, state = checkpoint.scales, checkpoint.state
    size = scales.size(state["size"])
    last_price = scales.price(state["price"])
    price = last_price if price is None else price
    cash, cost, realised, fees = (
        scales.money(state[name]) for name in ("cash", "cost", "realised", "fees")
    )
    unit = size * scales.contract
    equity = cash + unit * price
    capital = cash - realised + cost + fees
    peak = max(scales.money(state["peak"]), equity)
    return Valuation(
        price=price,
        capital=capital,
        equity=equity,
        cash=cash,
        position=size,
        exposure=unit * price,
        realised=realised,
        unrealised=unit * price - cost,
        fees=fees,
        profit=equity - capital,
        drawdown=(peak - equity) / peak if peak else Decimal(0),
        entry=scales.price(state["entry_price"]) if size else None,
        entry_time=from_us(state["entry_time"]) if size else None,
        stop=_level(checkpoint, "guard") if size else None,
        take_profit=_level(checkpoint, "goal") if size else None,
    )


def _level(checkpoint: Checkpoint, name: str) -> Decimal | None:
    units = checkpoint.state[name]
    return checkpoint.scales.price(units) if 0 < units < _UNREACHED else None
