"""The last event of a bot as text: why it does not trade and what follows, else its last order.

Pure.
"""

from datetime import datetime

import msgspec

from bot_manager.domain.ledger import AccountOrder
from bot_manager.domain.lifecycle import BotState
from bot_manager.domain.status import BotStatus
from bot_manager.errors import UnknownInstrument
from bot_manager.reporting.fleet import FleetRow
from bot_manager.trading import OrderRefusal


class LastEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line, the full text, and when; `degraded_reason`: why a bot does not trade as it should.

    `next_step` is what happens next without a command.
    """

    text: str = ""
    full_text: str = ""
    time: datetime | None = None
    degraded_reason: str = ""
    next_step: str = ""


def last_event(fleet_row: FleetRow) -> LastEvent:
    """Return the event to show first: what keeps the bot from trading goes before orders."""
    status, order = fleet_row.status, fleet_row.last_order
    order_text = describe_order(order) if order is not None else ""
    degraded_reason, next_step = _degraded_reason(fleet_row)
    if not next_step:
        return LastEvent(
            text=order_text, full_text=order_text, time=order.time if order is not None else None
        )
    before = f"\nLast order: {order_text}" if order_text else ""
    return LastEvent(
        text=f"{degraded_reason}; {next_step}",
        full_text=f"{degraded_reason}.\nIt {next_step}.{before}",
        time=status.since,
        degraded_reason=degraded_reason,
        next_step=next_step,
    )


def _degraded_reason(fleet_row: FleetRow) -> tuple[str, str]:
    """Return why a bot does not trade as it should, and the next step; empty texts if it does."""
    status = fleet_row.status
    if not fleet_row.is_instrument_known and status.state is not BotState.ARCHIVED:
        return str(
            UnknownInstrument(fleet_row.config.instrument)
        ), "does not trade and is left out of totals"
    next_step = _next_step(status)
    return (status.reason or _word(status.state), next_step) if next_step else ("", "")


def describe_order(order: AccountOrder) -> str:
    """Return an order as a sentence, with why it was made or refused."""
    if order.refusal is not OrderRefusal.NONE:
        return f"{order.side.value} refused: {_word(order.refusal.name)}"
    size, price = order.size.normalize(), order.price.normalize()
    return f"{order.side.value} {size:f} at {price:f}, {_word(order.reason.name)}"


def _next_step(status: BotStatus) -> str:
    """Return what happens next to a failed, degraded or warming-up bot; else an empty text."""
    match status.state:
        case BotState.FAILED:
            return "stays failed until it is started again"
        case BotState.DEGRADED if status.desired_state is BotState.PAUSED:
            return "is paused automatically once this ends"
        case BotState.DEGRADED:
            return "continues automatically once this ends"
        case BotState.WARMING_UP:
            return "starts automatically when its strategy is ready"
        case _:
            return ""


def _word(name: str) -> str:
    return name.replace("_", " ").lower()
