"""Builders of ordinary bots, commands, entries and effects for tests."""

from decimal import Decimal
from typing import Any

import numpy as np

from bot_manager.domain.config import BotConfig, read_bot
from bot_manager.domain.journal import CommandAccepted, Decision, JournalEntry
from bot_manager.domain.ledger import AccountOrder, Checkpoint, EquityMark, checkpoint_of
from bot_manager.domain.lifecycle import BotState, LifecycleEvent, Transition
from bot_manager.domain.status import CommandRequest
from bot_manager.domain.verification import BotVerificationRecord
from bot_manager.domain.versions import ConfigVersion, first_version
from bot_manager.trading import (
    AccountCommand,
    OrderReason,
    OrderRefusal,
    Scales,
    opening_state,
    to_us,
)
from bot_manager.trading.account import PARAMETERS
from data import Cursor, Side
from tests.builders import START, at

SCALES = Scales(price_decimals=1, size_decimals=8)


def a_bot(name: str = "alice", **changes: object) -> BotConfig:
    """Return a bot on 1m candles of BTC."""
    facts: dict[str, object] = {
        "name": name,
        "instrument": "okx:BTC-USDT",
        "timeframe": "1m",
        "strategy": "EmaCrossover",
    }
    return read_bot(facts | changes)


def a_version(name: str = "alice", **changes: object) -> ConfigVersion:
    """Return the first version of a bot."""
    return first_version(a_bot(name, **changes), actor="ann", reason="to try", made_at=START)


def a_command(
    bot: str = "alice", command: LifecycleEvent = LifecycleEvent.START, at_s: float = 0.0
) -> CommandRequest:
    """Return a command of Ann's."""
    return CommandRequest(
        bot=bot, command=command, actor="ann", reason='it\'s "time"', made_at=at(at_s)
    )


def a_transition(
    number: int = 1,
    after: BotState = BotState.WARMING_UP,
    event: LifecycleEvent = LifecycleEvent.START,
    bot: str = "alice",
) -> Transition:
    """Return a transition of a bot that was created."""
    return Transition(
        bot=bot,
        number=number,
        before=BotState.CREATED,
        after=after,
        event=event,
        actor="ann",
        reason="why not",
        made_at=at(number),
        cursor=Cursor(at(number), 7),
    )


def an_entry(
    sequence: int = 0, decision: Decision | None = None, bot: str = "alice"
) -> JournalEntry:
    """Return a journal entry."""
    return JournalEntry(
        bot=bot,
        sequence=sequence,
        effective_at=Cursor(at(sequence), 0),
        decision=decision or CommandAccepted(command=AccountCommand.PAUSE),
        actor="ann",
        reason="lunch",
        made_at=at(sequence),
    )


def an_order(sequence: int = 0, bot: str = "alice", at_s: float = 0.0) -> AccountOrder:
    """Return a filled order."""
    return AccountOrder(
        bot=bot,
        sequence=sequence,
        time=at(at_s),
        trade_id=2**40,
        side=Side.SELL,
        is_maker=False,
        reason=OrderReason.SIGNAL,
        refusal=OrderRefusal.NONE,
        size=Decimal("0.00000001"),
        price=Decimal("91234.5"),
        fee=Decimal("0.000912345"),
        market_price=Decimal("91234.6"),
        print_size=Decimal("12"),
        realised=Decimal("-3.5"),
        risk=Decimal(0),
        high=Decimal("91240.1"),
        low=Decimal("90000.0"),
        position=Decimal(0),
        cash=Decimal("4611686018.427387903"),
        equity=Decimal("4611686018.427387903"),
    )


def a_mark(at_s: float = 60.0, bot: str = "alice") -> EquityMark:
    """Return an equity mark."""
    return EquityMark(
        bot=bot, time=at(at_s), equity=Decimal("1000.000000001"), position_value=Decimal("-12.5")
    )


def a_checkpoint(bot: str = "alice", at_s: float = 0.0) -> Checkpoint:
    """Return the checkpoint of a flat account."""
    state = opening_state(np.zeros(1, PARAMETERS), to_us(at(at_s)), 5)
    return checkpoint_of(bot, 0, SCALES, state[0])


def a_verification(number: int = 1, bot: str = "alice", **changes: Any) -> BotVerificationRecord:
    """Return a verification without a difference up to a second of its number."""
    facts: dict[str, Any] = {
        "bot": bot,
        "number": number,
        "verified_at": at(86_400 * number),
        "since": None if number == 1 else Cursor(at(number - 1), 5),
        "until": Cursor(at(number), 5),
        "orders": 3,
        "marks": 60,
        "entries": 1,
        "stored_digest": "abc",
        "replayed_digest": "abc",
        "code": "0123",
        "anchor": a_checkpoint(bot, at_s=number),
    }
    return BotVerificationRecord(**facts | changes)
