"""Hold what is stored of a bot against its replay from tape, signals and journal."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from bot_manager.errors import UnknownBot
from bot_manager.ledger import AccountOrder, EquityMark
from bot_manager.opinion import Opinion, read_opinion
from bot_manager.ports import BotRepository, LedgerRepository
from bot_manager.replay import digest_of, replay
from bot_manager.session import Session, sessions_of
from data import EPOCH, Cursor, InstrumentId, Trade
from data.errors import RepositoryError
from data.ports import TradeRepository
from strategies import Group
from strategies.ports import SignalRepository

_EVER = (EPOCH, datetime.max.replace(tzinfo=UTC))
_PAGE = 10_000


_Stored = tuple[list[Session], Cursor | None, list[AccountOrder], list[EquityMark]]


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: both digests, and the first row that differs, if one does.

    `until` is the place up to which a session that still goes on was replayed.
    """

    bot: str
    until: Cursor | None
    orders: int
    marks: int
    stored_digest: str
    replayed_digest: str
    difference: str = ""

    @property
    def identical(self) -> bool:
        """Tell whether everything is as it was stored, to the last digit."""
        return self.stored_digest == self.replayed_digest


class Checker:
    """Replays bots; reads only."""

    def __init__(
        self,
        bots: BotRepository,
        ledger: LedgerRepository,
        trades: TradeRepository,
        signals: SignalRepository,
    ) -> None:
        self._bots = bots
        self._ledger = ledger
        self._trades = trades
        self._signals = signals

    def verify(self, name: str) -> Verification:
        """Replay a bot from its first session on. Raises UnknownBot."""
        if self._bots.get(name) is None:
            raise UnknownBot(name)
        sessions, until, orders, marks = self._still(name)
        replayed = replay(sessions, self._tape, self._opinion, until or Cursor(EPOCH, -1))
        return Verification(
            bot=name,
            until=until,
            orders=len(orders),
            marks=len(marks),
            stored_digest=digest_of(orders, marks),
            replayed_digest=replayed.digest,
            difference=_first_difference(orders, replayed.orders)
            or _first_difference(marks, replayed.marks),
        )

    def _still(self, name: str) -> _Stored:
        """Read what is stored between two steps of a manager that may be at work."""
        while True:
            sessions = sessions_of(self._ledger.journal(name), self._bots.versions(name))
            until = self._ledger.cursor(sessions[-1].group) if sessions else None
            orders = self._ledger.orders(name, *_EVER)
            marks = self._ledger.equity(name, *_EVER)
            if not sessions or self._ledger.cursor(sessions[-1].group) == until:
                return sessions, until, orders, marks

    def _tape(self, instrument: InstrumentId, place: Cursor) -> Iterator[Sequence[Trade]]:
        cursor = Cursor(place.time, place.trade_id - 1)
        while page := self._trades.after(instrument, cursor, _PAGE):
            yield page
            cursor = page[-1].cursor

    def _opinion(self, group: Group) -> Opinion:
        opinion = read_opinion(self._signals, group, EPOCH)
        if opinion is None:
            raise RepositoryError(f"the signals of {group.strategy} {group.version} are gone")
        return opinion


def _first_difference(
    stored: Sequence[AccountOrder | EquityMark], replayed: Sequence[AccountOrder | EquityMark]
) -> str:
    """Return the first row that is other, and in what; nothing if all are equal."""
    for one, other in zip(stored, replayed, strict=False):
        for field in one.__struct_fields__:
            was, comes = getattr(one, field), getattr(other, field)
            if was != comes:
                kind = type(one).__name__
                return f"{kind} at {one.time.isoformat()}: {field} was {was}, comes out as {comes}"
    if len(stored) != len(replayed):
        more, where = (stored, "stored") if len(stored) > len(replayed) else (replayed, "replay")
        row = more[min(len(stored), len(replayed))]
        return f"{type(row).__name__} at {row.time.isoformat()} is in the {where} only"
    return ""
