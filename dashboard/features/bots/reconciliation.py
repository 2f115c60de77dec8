"""Reconciles the fills of bots with the change of their equity. Pure, exact.

Two sides that come from different rows of the store must agree to the last digit:

    realised - fees (fills) + unrealised (fills at a price)
    = equity (checkpoint at the same price) - capital (journal, by its session's configuration)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from bot_manager.domain.ledger import AccountOrder, Checkpoint
from bot_manager.reporting.fleet import FleetRow, SessionCapital
from bot_manager.trading.units import EXACT
from dashboard.features.bots.reads import FleetHistory
from data import Cursor, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """One bot's two sides, in quote currency: what its fills explain, and how its equity changed.

    `realised` and `unrealised` are before fees.
    """

    bot: str
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    change: Decimal

    @property
    def difference(self) -> Decimal:
        """Return the change of the equity that the fills do not explain."""
        with localcontext(EXACT):
            return self.change - (self.realised + self.unrealised - self.fees)


def reconcile(history: FleetHistory) -> list[Reconciliation]:
    """Return the two sides of every bot that was ever started, since its first session."""
    return [
        _reconcile_bot(one, one.checkpoint, history)
        for one in history.fleet_rows
        if one.checkpoint is not None and any(p.bot == one.status.name for p in history.paid_in)
    ]


def _reconcile_bot(
    fleet_row: FleetRow, checkpoint: Checkpoint, history: FleetHistory
) -> Reconciliation:
    name = fleet_row.status.name
    price = history.prices.get(fleet_row.config.instrument_id)
    # A fill after the checkpoint was committed while the rows were being read.
    fills = [
        fill
        for fill in history.fills
        if fill.bot == name and Cursor(fill.time, fill.trade_id) <= checkpoint.cursor
    ]
    scales, state = checkpoint.scales, checkpoint.state
    price = scales.price(state["price"]) if price is None else price
    with localcontext(EXACT):
        worth = scales.size(state["size"]) * scales.contract * price
        equity = scales.money(state["cash"]) + worth
        return Reconciliation(
            bot=name,
            realised=sum((fill.realised for fill in fills), Decimal(0)),
            unrealised=_unrealised(fills, scales.contract, price),
            fees=sum((fill.fee for fill in fills), Decimal(0)),
            change=equity - _capital(name, checkpoint.session, history.paid_in),
        )


def _unrealised(fills: Sequence[AccountOrder], contract: Decimal, price: Decimal) -> Decimal:
    """Return the profit of the open position. The kernel always closes positions completely."""
    size = cost = Decimal(0)
    for fill in fills:
        signed = fill.size if fill.side is Side.BUY else -fill.size
        size += signed
        cost = cost + signed * contract * fill.price if size else Decimal(0)
    return size * contract * price - cost


def _capital(bot: str, session: int, paid_in: Iterable[SessionCapital]) -> Decimal:
    """Return the starting capital of the session of a checkpoint, else of the first session."""
    own = [one for one in paid_in if one.bot == bot]
    until = [one for one in own if one.session <= session]
    return (until or own[:1])[-1].capital
