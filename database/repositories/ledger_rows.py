"""Conversions between ledger values and rows, column by column."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot_manager.domain.journal import Decision, JournalEntry
from bot_manager.domain.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.domain.lifecycle import Transition
from bot_manager.domain.status import BotCommand
from bot_manager.trading import OrderReason, OrderRefusal, Scales
from data import Cursor, Side
from database.models import (
    SIDE_CODES,
    BotAccountRow,
    BotCommandRow,
    BotEquityRow,
    BotJournalRow,
    BotOrderRow,
    BotTransitionRow,
)
from utils.codec import decode, encode

Values = tuple[object, ...]

JOURNAL = (
    BotJournalRow.bot,
    BotJournalRow.sequence,
    BotJournalRow.place_time,
    BotJournalRow.place_trade_id,
    BotJournalRow.actor,
    BotJournalRow.reason,
    BotJournalRow.made_at,
    BotJournalRow.decision,
)
TRANSITION = (
    BotTransitionRow.bot,
    BotTransitionRow.number,
    BotTransitionRow.before,
    BotTransitionRow.after,
    BotTransitionRow.rule,
    BotTransitionRow.actor,
    BotTransitionRow.reason,
    BotTransitionRow.made_at,
    BotTransitionRow.place_time,
    BotTransitionRow.place_trade_id,
)
_EXACT = (
    "size", "price", "fee", "market_price", "print_size", "realised", "risk", "high", "low",
    "position", "cash", "equity",
)  # fmt: skip
ORDER = (
    BotOrderRow.bot,
    BotOrderRow.sequence,
    BotOrderRow.time,
    BotOrderRow.trade_id,
    BotOrderRow.side,
    BotOrderRow.is_maker,
    BotOrderRow.reason,
    BotOrderRow.refusal,
    *(getattr(BotOrderRow, name) for name in _EXACT),
)
EQUITY = (
    BotEquityRow.bot,
    BotEquityRow.time,
    BotEquityRow.equity,
    BotEquityRow.position_value,
)
ACCOUNT = (
    BotAccountRow.bot,
    BotAccountRow.session,
    BotAccountRow.scales,
    BotAccountRow.state,
)
COMMAND = (
    BotCommandRow.bot,
    BotCommandRow.number,
    BotCommandRow.command,
    BotCommandRow.desired_state,
    BotCommandRow.actor,
    BotCommandRow.reason,
    BotCommandRow.made_at,
    BotCommandRow.answered_at,
    BotCommandRow.refusal,
)

_SIDES = {code: side for side, code in SIDE_CODES.items()}
_CODED = 8


def journal_row(entry: JournalEntry) -> Values:
    """Return an entry as JOURNAL."""
    return (
        entry.bot, entry.sequence, entry.effective_at.time, entry.effective_at.trade_id,
        entry.actor, entry.reason, entry.made_at, encode(entry.decision).decode(),
    )  # fmt: skip


def entry_of_row(row: Sequence[Any]) -> JournalEntry:
    """Return the entry of a row of JOURNAL."""
    bot, sequence, time, trade_id, actor, reason, made_at, decision = row
    return JournalEntry(
        bot=bot,
        sequence=sequence,
        effective_at=Cursor(time, trade_id),
        decision=decode(Decision, decision),  # type: ignore[arg-type]  # a union is a type, too
        actor=actor,
        reason=reason,
        made_at=made_at,
    )


def transition_row(transition: Transition) -> Values:
    """Return a transition as TRANSITION."""
    cursor = transition.cursor
    return (
        transition.bot, transition.number, transition.before, transition.after, transition.event,
        transition.actor, transition.reason, transition.made_at,
        None if cursor is None else cursor.time, None if cursor is None else cursor.trade_id,
    )  # fmt: skip


def applied_rows(commands: Iterable[BotCommand]) -> Iterator[Values]:
    """Yield commands to all bots as COMMAND, one per bot.

    Their numbers count from 1 for each bot: they follow the stored ones.
    """
    places: Counter[str] = Counter()
    for command in commands:
        request = command.request
        places[request.bot] += 1
        yield (
            request.bot, places[request.bot], request.command, request.desired_state, request.actor,
            request.reason,
            request.made_at, command.answered_at, command.refusal,
        )  # fmt: skip


def order_row(order: AccountOrder) -> Values:
    """Return an order as ORDER."""
    return (
        order.bot, order.sequence, order.time, order.trade_id, SIDE_CODES[order.side],
        order.is_maker, int(order.reason), int(order.refusal),
        *(getattr(order, name) for name in _EXACT),
    )  # fmt: skip


def order_of_row(row: Sequence[Any]) -> AccountOrder:
    """Return the order of a row of ORDER."""
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


def mark_row(mark: EquityMark) -> Values:
    """Return a mark as EQUITY."""
    return mark.bot, mark.time, mark.equity, mark.position_value


def mark_of_row(row: Sequence[Any]) -> EquityMark:
    """Return the mark of a row of EQUITY."""
    return EquityMark(bot=row[0], time=row[1], equity=row[2], position_value=row[3])


def account_row(checkpoint: Checkpoint) -> Values:
    """Return a checkpoint as ACCOUNT."""
    scales, state = encode(checkpoint.scales).decode(), encode(checkpoint.state).decode()
    return checkpoint.bot, checkpoint.session, scales, state


def checkpoint_of_row(row: Sequence[Any]) -> Checkpoint:
    """Return the checkpoint of a row of ACCOUNT."""
    return Checkpoint(
        bot=row[0],
        session=row[1],
        scales=decode(Scales, row[2]),
        state=decode(dict[str, int], row[3]),
    )
