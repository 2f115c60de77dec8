"""Conversions between ledger values and rows, column by column."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from bot_manager.journal import Decision, JournalEntry
from bot_manager.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.lifecycle import Transition
from bot_manager.status import BotCommand
from bot_manager.trading import OrderReason, OrderRefusal, Scales
from data import Cursor, Side
from database.models import SIDE_CODES
from utils.codec import decode, encode

Row = tuple[Any, ...]

JOURNAL_COLUMNS = {
    "bot": "text", "sequence": "int", "place_time": "timestamptz", "place_trade_id": "bigint",
    "actor": "text", "reason": "text", "made_at": "timestamptz", "decision": "jsonb",
}  # fmt: skip
TRANSITION_COLUMNS = {
    "bot": "text", "number": "int", "before": "text", "after": "text", "rule": "text",
    "actor": "text", "reason": "text", "made_at": "timestamptz", "place_time": "timestamptz",
    "place_trade_id": "bigint",
}  # fmt: skip
_EXACT = (
    "size", "price", "fee", "market_price", "print_size", "realised", "risk", "high", "low",
    "position", "cash", "equity",
)  # fmt: skip
ORDER_COLUMNS = {
    "bot": "text", "sequence": "int", "time": "timestamptz", "trade_id": "bigint",
    "side": "smallint", "is_maker": "boolean", "reason": "smallint", "refusal": "smallint",
    **dict.fromkeys(_EXACT, "numeric"),
}  # fmt: skip
EQUITY_COLUMNS = {
    "bot": "text", "time": "timestamptz", "equity": "numeric", "position_value": "numeric",
}  # fmt: skip

_SIDES = {code: side for side, code in SIDE_CODES.items()}
_CODED = 8


def journal_row(entry: JournalEntry) -> Row:
    """Return an entry as JOURNAL_COLUMNS."""
    return (
        entry.bot, entry.sequence, entry.place.time, entry.place.trade_id, entry.actor,
        entry.reason, entry.made_at, encode(entry.decision).decode(),
    )  # fmt: skip


def entry_of_row(row: Row) -> JournalEntry:
    """Return the entry of a row of JOURNAL_COLUMNS."""
    bot, sequence, time, trade_id, actor, reason, made_at, decision = row
    return JournalEntry(
        bot=bot,
        sequence=sequence,
        place=Cursor(time, trade_id),
        decision=decode(Decision, decision),  # type: ignore[arg-type]  # a union is a type, too
        actor=actor,
        reason=reason,
        made_at=made_at,
    )


def transition_row(transition: Transition) -> Row:
    """Return a transition as TRANSITION_COLUMNS."""
    place = transition.place
    return (
        transition.bot, transition.number, transition.before, transition.after, transition.rule,
        transition.actor, transition.reason, transition.made_at,
        None if place is None else place.time, None if place is None else place.trade_id,
    )  # fmt: skip


def spread_rows(commands: Iterable[BotCommand]) -> Iterator[Row]:
    """Yield commands to all bots as one row per bot, with their places after the stored ones."""
    places: Counter[str] = Counter()
    for command in commands:
        request = command.request
        places[request.bot] += 1
        yield (
            request.bot, places[request.bot], request.command, request.wanted, request.actor,
            request.reason,
            request.made_at, command.answered_at, command.refusal,
        )  # fmt: skip


def order_row(order: AccountOrder) -> Row:
    """Return an order as ORDER_COLUMNS."""
    return (
        order.bot, order.sequence, order.time, order.trade_id, SIDE_CODES[order.side],
        order.is_maker, int(order.reason), int(order.refusal),
        *(getattr(order, name) for name in _EXACT),
    )  # fmt: skip


def order_of_row(row: Row) -> AccountOrder:
    """Return the order of a row of ORDER_COLUMNS."""
    bot, sequence, time, trade_id, side, is_maker, reason, refusal = row[:_CODED]
    return AccountOrder(
        bot=bot,
        sequence=sequence,
        time=time,
        trade_id=trade_id,
        side=Side(_SIDES[side]),
        is_maker=is_maker,
        reason=OrderReason(reason),
        refusal=OrderRefusal(refusal),
        **dict(zip(_EXACT, row[_CODED:], strict=True)),
    )


def mark_row(mark: EquityMark) -> Row:
    """Return a mark as EQUITY_COLUMNS."""
    return mark.bot, mark.time, mark.equity, mark.position_value


def mark_of_row(row: Row) -> EquityMark:
    """Return the mark of a row of EQUITY_COLUMNS."""
    return EquityMark(bot=row[0], time=row[1], equity=row[2], position_value=row[3])


def account_row(checkpoint: Checkpoint) -> Row:
    """Return a checkpoint as bot, session, scales and state."""
    scales, state = encode(checkpoint.scales).decode(), encode(checkpoint.state).decode()
    return checkpoint.bot, checkpoint.session, scales, state


def checkpoint_of_row(row: Row) -> Checkpoint:
    """Return the checkpoint of such a row."""
    return Checkpoint(
        bot=row[0],
        session=row[1],
        scales=decode(Scales, row[2]),
        state=decode(dict[str, int], row[3]),
    )
