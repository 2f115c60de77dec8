"""Compare the stored rows of a bot with its replay from tape, signals and journal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from bot_manager.domain.journal import JournalEntry
from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.domain.lifecycle import BotState
from bot_manager.domain.ports import BotRepository, BotVerificationRepository, LedgerRepository
from bot_manager.domain.session import BotSession, sessions_of
from bot_manager.domain.verification import BotVerification, BotVerificationRecord, Cause
from bot_manager.domain.versions import ConfigVersion
from bot_manager.errors import UnknownBot
from bot_manager.groups.accounts import CarriedAccount, restore_account
from bot_manager.groups.signal_view import SignalView, read_signal_view
from bot_manager.verification.diagnosis import (
    Evidence,
    LedgerDifference,
    diagnose,
    first_difference,
)
from bot_manager.verification.marks import comparable, thinned_before
from bot_manager.verification.replay import (
    ReplayResult,
    ReplaySegment,
    digest_of,
    replay_segment,
)
from data import EPOCH, Cursor, InstrumentId, Trade
from data.errors import RepositoryError
from data.ports import CandleRepository, TradeRepository
from strategies import Group
from strategies.ports import SignalRepository

_FOREVER = datetime.max.replace(tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)
_PAGE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BotVerifierStores:
    """Repositories that the verifier reads."""

    bots: BotRepository
    ledger: LedgerRepository
    trades: TradeRepository
    candles: CandleRepository
    signals: SignalRepository
    verifications: BotVerificationRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """Consistent rows of a bot whose manager may be running.

    `folded_to`: how far its last session is folded, None if it ended. `anchor` is the verification
    after which rows are verified.
    """

    versions: list[ConfigVersion]
    entries: list[JournalEntry]
    sessions: list[BotSession]
    folded_to: Cursor | None
    orders: list[AccountOrder]
    marks: list[EquityMark]
    anchor: BotVerificationRecord | None


class BotVerifier:
    """Replays bots; reads only. `code` names the compiled code that replays."""

    def __init__(self, stores: BotVerifierStores, code: str = "") -> None:
        self._stores = stores
        self._code = code

    def verify(
        self,
        name: str,
        now: datetime,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> BotVerification:
        """Replay a bot from its start, or from the last anchor at or before `since`.

        Stops before `until`. Raises UnknownBot.
        """
        anchor = None if since is None else self._anchor(name, since)
        return self._verify(self._read_consistently(name, anchor), name, now, until)[0]

    def verify_next(self, name: str, now: datetime) -> BotVerificationRecord:
        """Replay a bot from its last anchor; return the next record. Raises UnknownBot."""
        stored = self._read_consistently(name, self._anchor(name, _FOREVER))
        found, replayed = self._verify(stored, name, now, None)
        newest = self._stores.verifications.latest([name]).get(name)
        before = None if stored.anchor is None else stored.anchor.anchor
        account = replayed.account.checkpoint() if replayed.account else before
        return BotVerificationRecord(
            number=1 if newest is None else newest.number + 1,
            verified_at=now,
            entries=len(stored.entries),
            code=self._code,
            anchor=account if found.identical else None,
            settled=found.identical and stored.folded_to is None,
            **msgspec.structs.asdict(found),
        )

    def _anchor(self, name: str, latest: datetime) -> BotVerificationRecord | None:
        verifications = self._stores.verifications.history(name)
        fitting = [one for one in verifications if one.anchor and one.anchor.cursor.time <= latest]
        return fitting[-1] if fitting else None

    def _verify(
        self, stored: _Stored, name: str, now: datetime, until: datetime | None
    ) -> tuple[BotVerification, ReplayResult]:
        segment = _segment(stored, until)
        replayed = replay_segment(segment, self._tape, self._signal_view)
        orders, marks = _within(stored, replayed, until)
        replayed.marks = comparable(replayed.marks, marks, thinned_before(now), until)
        pairs = ((orders, replayed.orders), (marks, replayed.marks))
        found = [one for pair in pairs if (one := first_difference(*pair))]
        different = min(found, key=lambda one: one.row.time, default=None)
        cause, text = (Cause.NONE, "") if different is None else self._explain(different, stored)
        reached = replayed.account.cursor if replayed.account else None
        verification = BotVerification(
            bot=name,
            since=_since(stored),
            until=reached if segment.until is None else segment.until,
            orders=len(orders),
            marks=len(marks),
            stored_digest=digest_of(orders, marks),
            replayed_digest=replayed.digest,
            cause=cause,
            difference=text,
        )
        return verification, replayed

    def _read_consistently(self, name: str, anchor: BotVerificationRecord | None) -> _Stored:
        """Read the rows after an anchor; read again if something was committed meanwhile."""
        while True:
            first, stored = self._stored_marker(name), self._read(name, anchor)
            if self._stored_marker(name) == first:
                return stored

    def _stored_marker(self, name: str) -> tuple[object, ...]:
        """Return a value that changes with every commit about a bot."""
        status = self._stores.bots.get(name)
        if status is None:
            raise UnknownBot(name)
        account = self._stores.ledger.checkpoints([name]).get(name)
        sessions = sessions_of(self._stores.ledger.journal(name), self._stores.bots.versions(name))
        return status, account, self._group_cursor(sessions)

    def _group_cursor(self, sessions: Sequence[BotSession]) -> Cursor | None:
        return self._stores.ledger.cursor(sessions[-1].group) if sessions else None

    def _read(self, name: str, anchor: BotVerificationRecord | None) -> _Stored:
        ledger, versions = self._stores.ledger, self._stores.bots.versions(name)
        entries = ledger.journal(name)
        status, account = self._stores.bots.get(name), ledger.checkpoints([name]).get(name)
        every = sessions_of(entries, versions)
        # An account is stored when it is opened: without one there is nothing to replay.
        opened = [one for one in every if account is not None and one.number <= account.session]
        stopping = status is not None and status.state is BotState.STOPPING
        folded_to = None
        if opened and account is not None and (opened[-1].end is None or stopping):
            cursors = [account.cursor, self._group_cursor(every)]
            folded_to = max(cursor for cursor in cursors if cursor is not None)
        cursor = _cursor_of(anchor)
        seen = 0 if anchor is None or anchor.anchor is None else anchor.anchor.state["orders"]
        orders = ledger.orders(name, cursor.time if cursor else EPOCH, _FOREVER)
        return _Stored(
            versions=versions,
            entries=entries,
            sessions=opened,
            folded_to=folded_to,
            orders=[order for order in orders if order.sequence >= seen],
            marks=ledger.equity(name, cursor.time + _INSTANT if cursor else EPOCH, _FOREVER),
            anchor=anchor,
        )

    def _explain(self, difference: LedgerDifference, stored: _Stored) -> tuple[Cause, str]:
        """Load the evidence around a difference and diagnose it."""
        row = difference.row
        started = [one for one in stored.sessions if one.start_cursor.time <= row.time]
        session = (started or stored.sessions)[-1]
        numbers = {version.number: version for version in stored.versions}
        instrument, timeframe = session.group.instrument, session.group.timeframe
        opens = timeframe.floor(row.time - _INSTANT)
        closes = opens + timeframe.duration
        candles = self._stores.candles.announced(instrument, timeframe, opens, closes)
        before = Cursor(opens, -1)
        inside = [one for page in self._pages(instrument, before, closes) for one in page]
        orders = [order.time for order in stored.orders if order.time < row.time]
        decided = self._stores.signals.signals(
            session.group,
            max([session.start_cursor.time - 9 * timeframe.duration, *orders]),
            _FOREVER,
        )
        evidence = Evidence(
            session=session,
            version=numbers[session.facts.version],
            trade=self._trade(instrument, difference.stored),
            candle=candles[0] if candles else None,
            tape=inside,
            signals=decided,
            code=self._code,
        )
        return diagnose(difference, evidence)

    def _trade(
        self, instrument: InstrumentId, row: AccountOrder | EquityMark | None
    ) -> Trade | None:
        if not isinstance(row, AccountOrder):
            return None
        at = self._stores.trades.after(instrument, Cursor(row.time, row.trade_id - 1), 1)
        return at[0] if at and at[0].trade_id == row.trade_id else None

    def _pages(
        self, instrument: InstrumentId, cursor: Cursor, closes: datetime
    ) -> Iterator[list[Trade]]:
        """Yield the trades after a cursor up to the first page that ends after a candle's close."""
        while page := self._stores.trades.after(instrument, cursor, _PAGE):
            yield page
            cursor = page[-1].cursor
            if cursor.time >= closes:
                return

    def _tape(self, instrument: InstrumentId, cursor: Cursor) -> Iterator[Sequence[Trade]]:
        return self._pages(instrument, Cursor(cursor.time, cursor.trade_id - 1), _FOREVER)

    def _signal_view(self, group: Group) -> SignalView:
        signal_view = read_signal_view(self._stores.signals, group, EPOCH)
        if signal_view is None:
            raise RepositoryError(f"the signals of {group.strategy} {group.version} were deleted")
        return signal_view


def _cursor_of(anchor: BotVerificationRecord | None) -> Cursor | None:
    return None if anchor is None or anchor.anchor is None else anchor.anchor.cursor


def _since(stored: _Stored) -> Cursor | None:
    return _cursor_of(stored.anchor)


def _segment(stored: _Stored, until: datetime | None) -> ReplaySegment:
    """Return the sessions to replay after the anchor and before a time."""
    sessions, folded_to = stored.sessions, stored.folded_to
    if until is not None:
        cut = Cursor(until, -1)
        sessions = [session for session in sessions if session.start_cursor < cut]
        folded_to = (
            cut
            if folded_to is None or len(sessions) < len(stored.sessions)
            else min(folded_to, cut)
        )
    anchor = None if stored.anchor is None else stored.anchor.anchor
    if anchor is None or stored.anchor is None:
        return ReplaySegment(sessions=sessions, until=folded_to)
    of = next(session for session in stored.sessions if session.number == anchor.session)
    later = [session for session in sessions if session.number > of.number]
    if stored.anchor.settled or of not in sessions:
        carried = CarriedAccount(anchor, of.config.capital)
        return ReplaySegment(sessions=later, until=folded_to, carried=carried)
    return ReplaySegment(
        sessions=[of, *later], until=folded_to, account=restore_account(of, anchor)
    )


def _within(
    stored: _Stored, replayed: ReplayResult, until: datetime | None
) -> tuple[list[AccountOrder], list[EquityMark]]:
    """Return the stored rows in the span that was replayed."""
    if until is None:
        return stored.orders, stored.marks
    last = replayed.account.cursor.time if replayed.account else EPOCH
    orders = [order for order in stored.orders if order.time < until]
    return orders, [mark for mark in stored.marks if mark.time <= last]
