"""The last that happened to a bot, in words: its trouble and what comes next, else its last order.

Pure.
"""

from datetime import datetime

import msgspec

from bot_manager.errors import UnknownInstrument
from bot_manager.fleet import BotFigures
from bot_manager.ledger import AccountOrder
from bot_manager.lifecycle import BotState
from bot_manager.status import BotStatus
from bot_manager.trading import Refusal


class LastEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line, all there is to say, and when; `trouble` is why a bot does not trade as it should.

    `then` is what comes next by itself.
    """

    text: str = ""
    whole: str = ""
    time: datetime | None = None
    trouble: str = ""
    then: str = ""


def last_event(figures: BotFigures) -> LastEvent:
    """Return what is worth knowing first: trouble goes before orders."""
    status, order = figures.status, figures.last_order
    deed = deed_of(order) if order is not None else ""
    trouble, then = _trouble(figures)
    if not then:
        return LastEvent(text=deed, whole=deed, time=order.time if order is not None else None)
    before = f"\nLast order: {deed}" if deed else ""
    return LastEvent(
        text=f"{trouble}; {then}",
        whole=f"{trouble}.\nIt {then}.{before}",
        time=status.since,
        trouble=trouble,
        then=then,
    )


def _trouble(figures: BotFigures) -> tuple[str, str]:
    """Return why a bot does not trade as it should, and what comes next; nothing if it does."""
    status = figures.status
    if not figures.knows_instrument and status.state is not BotState.ARCHIVED:
        return str(
            UnknownInstrument(figures.config.instrument)
        ), "does not trade and counts for nothing"
    then = _next_step(status)
    return (status.reason or _word(status.state), then) if then else ("", "")


def deed_of(order: AccountOrder) -> str:
    """Return an order as a sentence, with why it was made or refused."""
    if order.refusal is not Refusal.NONE:
        return f"{order.side.value} refused: {_word(order.refusal.name)}"
    size, price = order.size.normalize(), order.price.normalize()
    return f"{order.side.value} {size:f} at {price:f}, {_word(order.reason.name)}"


def _next_step(status: BotStatus) -> str:
    """Return what happens to a bot in trouble, and who makes it happen; nothing without trouble."""
    match status.state:
        case BotState.FAILED:
            return "stays so until it is started again"
        case BotState.DEGRADED if status.wanted is BotState.PAUSED:
            return "is paused by itself once this is over"
        case BotState.DEGRADED:
            return "goes on by itself once this is over"
        case BotState.WARMING_UP:
            return "begins by itself when its strategy is ready"
        case _:
            return ""


def _word(name: str) -> str:
    return name.replace("_", " ").lower()
