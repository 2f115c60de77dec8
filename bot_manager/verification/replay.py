"""Replay of a bot's money: fold tape, stored signals and journal again. Pure.

The result must equal the stored one to the last digit: live and replay use one fold.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import msgspec

from bot_manager.domain.journal import next_cursor
from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.domain.session import BotSession
from bot_manager.groups.account_fold import fold_accounts
from bot_manager.groups.accounts import BotAccount, CarriedAccount, open_bot_account
from bot_manager.groups.signal_view import SignalView
from bot_manager.trading.units import EXACT
from data import Cursor, InstrumentId, Trade
from strategies import Group

ReadTape = Callable[[InstrumentId, Cursor], Iterable[Sequence[Trade]]]
"""Yields the trades at or after a cursor of a tape, in pages."""
ReadSignalView = Callable[[Group], SignalView]
"""Returns all signals of a group."""


@dataclass(slots=True)
class ReplayResult:
    """Orders and marks of a bot, replayed. `account` is None if no session was opened."""

    orders: list[AccountOrder] = field(default_factory=list)
    marks: list[EquityMark] = field(default_factory=list)
    account: BotAccount | None = None

    @property
    def digest(self) -> str:
        """Return a digest of orders and marks."""
        return digest_of(self.orders, self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySegment:
    """Sessions of a bot to replay, oldest first.

    The last one goes up to and including `until`, None: to its own end. With `carried` the first
    one continues from that account; with `account` it is already in progress.
    """

    sessions: Sequence[BotSession]
    until: Cursor | None
    carried: CarriedAccount | None = None
    account: BotAccount | None = None


def replay_segment(
    segment: ReplaySegment, tape: ReadTape, signal_view: ReadSignalView
) -> ReplayResult:
    """Fold every session of a bot."""
    replayed, carried, account = ReplayResult(), segment.carried, segment.account
    for number, session in enumerate(segment.sessions, 1):
        until = segment.until if number == len(segment.sessions) else None
        start = session.start_cursor if account is None else next_cursor(account.cursor)
        view = signal_view(session.group)
        pages = _pages(tape(session.group.instrument, start), until)
        opening = account or open_bot_account(session, view.signals, carried)
        replayed.account = _replay_session(opening, pages, view, replayed)
        carried = CarriedAccount(replayed.account.checkpoint(), session.config.capital)
        account = None
    return replayed


def digest_of(orders: Iterable[AccountOrder], marks: Iterable[EquityMark]) -> str:
    """Return a digest of orders and marks: equal amounts give equal digests in any notation."""
    digest = hashlib.sha256()
    for value in [*orders, *marks]:
        fields = [_format_field(part) for part in msgspec.structs.astuple(value)]
        digest.update(f"{';'.join(fields)}\n".encode())
    return digest.hexdigest()


def _format_field(part: object) -> str:
    if isinstance(part, Decimal):
        return f"{part.normalize(EXACT):f}" if part else "0"
    return part.isoformat() if isinstance(part, datetime) else str(part)


def _replay_session(
    account: BotAccount,
    pages: Iterator[list[Trade]],
    signal_view: SignalView,
    replayed: ReplayResult,
) -> BotAccount:
    for page in pages:
        folded = fold_accounts([account], page, signal_view)
        replayed.orders += folded.orders
        replayed.marks += folded.marks
        account = folded.accounts[0]
        if folded.ended or folded.failed:
            break
    return account


def _pages(tape: Iterable[Sequence[Trade]], until: Cursor | None) -> Iterator[list[Trade]]:
    """Yield pages up to `until`, the first one even if it is empty."""
    empty = True
    for page in tape:
        inside = [trade for trade in page if until is None or trade.cursor <= until]
        yield inside
        empty = False
        if len(inside) < len(page):
            return
    if empty:
        yield []
