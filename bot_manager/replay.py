"""A bot's money from the beginning: tape, stored signals and journal folded again. Pure.

It must come out as it was stored, to the last digit: live and replay are one fold.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import msgspec

from bot_manager.accounts import Account, Legacy, opened
from bot_manager.group_fold import fold_group
from bot_manager.ledger import AccountOrder, EquityMark
from bot_manager.opinion import Opinion
from bot_manager.session import Session
from bot_manager.trading.units import EXACT
from data import Cursor, InstrumentId, Trade
from strategies import Group

ReadTape = Callable[[InstrumentId, Cursor], Iterable[Sequence[Trade]]]
"""Yields what lies at or behind a place on a tape, in pages."""
ReadOpinion = Callable[[Group], Opinion]
"""Returns all that was ever decided in a group."""


@dataclass(slots=True)
class Replayed:
    """What a bot did, computed again. `account` is None if no session was ever opened."""

    orders: list[AccountOrder] = field(default_factory=list)
    marks: list[EquityMark] = field(default_factory=list)
    account: Account | None = None

    @property
    def digest(self) -> str:
        """Return what names exactly this outcome."""
        return digest_of(self.orders, self.marks)


def replay(
    sessions: Sequence[Session], tape: ReadTape, opinion: ReadOpinion, until: Cursor
) -> Replayed:
    """Fold every session of a bot; one that has not ended up to and including `until`."""
    replayed, legacy = Replayed(), None
    for session in sessions:
        pages = _pages(tape(session.group.instrument, session.place), session, until)
        _replay_session(session, legacy, pages, opinion(session.group), replayed)
        if replayed.account is not None:
            legacy = Legacy(replayed.account.checkpoint(), session.config.capital)
    return replayed


def digest_of(orders: Iterable[AccountOrder], marks: Iterable[EquityMark]) -> str:
    """Return a digest of money: equal amounts are equal, however they are written."""
    digest = hashlib.sha256()
    for value in [*orders, *marks]:
        words = [_word(part) for part in msgspec.structs.astuple(value)]
        digest.update(f"{';'.join(words)}\n".encode())
    return digest.hexdigest()


def _word(part: object) -> str:
    if isinstance(part, Decimal):
        return f"{part.normalize(EXACT):f}" if part else "0"
    return part.isoformat() if isinstance(part, datetime) else str(part)


def _replay_session(
    session: Session,
    legacy: Legacy | None,
    pages: Iterator[list[Trade]],
    opinion: Opinion,
    replayed: Replayed,
) -> None:
    account = opened(session, opinion.signals, legacy)
    for page in pages:
        folded = fold_group([account], page, opinion)
        replayed.orders += folded.orders
        replayed.marks += folded.marks
        account = folded.accounts[0]
        if folded.ended or folded.failed:
            break
    replayed.account = account


def _pages(
    tape: Iterable[Sequence[Trade]], session: Session, until: Cursor
) -> Iterator[list[Trade]]:
    """Yield pages up to where it shall end, the first one even if it is empty."""
    empty = True
    for page in tape:
        inside = [trade for trade in page if session.end is not None or trade.cursor <= until]
        yield inside
        empty = False
        if len(inside) < len(page):
            return
    if empty:
        yield []
