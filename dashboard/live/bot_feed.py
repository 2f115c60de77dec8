"""The bots as browsers see them: read when something happened to them, moved with the price."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bot_manager.fleet import BotFigures
from bot_manager.topics import FILLS
from dashboard.bots.detail import order_payload, transition_payload
from dashboard.bots.rows import Row, moving_of, row_of, totals_of
from dashboard.bots.services import BotServices
from data import InstrumentId
from data.topics import TapeAdvanced
from utils.clock import Clock
from utils.errors import ExternalServiceError
from utils.isolation import Isolation
from utils.messaging import Message

log = logging.getLogger("truetape.dashboard")

UPDATES_PER_S = 2
RETRY_S = 2.0
# No bell tells of bots that files and commands make, nor of levels that follow the price.
READ_ALL_EVERY_S = 10.0
READ_WATCHED_EVERY_S = 3.0


@dataclass(frozen=True, slots=True)
class BotTold:
    """What is told at once: rows of the fleet, news of watched bots, and the totals.

    `whole` names the bots whose rows are complete: these must not be dropped.
    """

    rows: list[Row]
    whole: frozenset[str]
    news: dict[str, dict[str, Any]]
    totals: dict[str, Any]


@dataclass(slots=True)
class _Heard:
    """The bots to which something happened, and what the bells said of it."""

    names: set[str] = field(default_factory=set)
    orders: dict[str, list[Any]] = field(default_factory=dict)
    history: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, later: "_Heard") -> None:
        """Put behind it what was heard later."""
        self.names |= later.names
        for mine, theirs in ((self.orders, later.orders), (self.history, later.history)):
            for name, rows in theirs.items():
                mine.setdefault(name, []).extend(rows)

    def news_of(self, name: str) -> dict[str, Any]:
        """Return what the bells said of a bot."""
        return {"orders": self.orders.get(name, []), "history": self.history.get(name, [])}


@dataclass(slots=True)
class _Book:
    """What is known of the bots."""

    figures: dict[str, BotFigures] = field(default_factory=dict)
    prices: dict[InstrumentId, Decimal] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)


class BotFeed:
    """Follows all bots while somebody looks; reads only those to which something happened."""

    def __init__(
        self,
        bots: BotServices,
        clock: Clock,
        isolation: Isolation,
        tell: Callable[[BotTold], None],
    ) -> None:
        self._isolation = isolation
        self.totals: dict[str, Any] | None = None
        self._bots = bots
        self._clock = clock
        self._tell = tell
        self._book = _Book()
        self._watched: Collection[str] = ()
        self._heard = _Heard()
        self._asked = _Heard()
        self._priced: set[InstrumentId] = set()
        self._read_all_s = self._read_watched_s = float("-inf")
        self._seen = asyncio.Event()

    def follow(self, names: Collection[str], *, seen: bool) -> None:
        """Hear which bots are watched one by one, and whether anybody looks at all."""
        if set(names) - set(self._watched):
            self._heard.names |= set(names)
        self._watched = names
        if seen:
            self._seen.set()
        else:
            self._seen.clear()

    def moved(self, names: Iterable[str]) -> None:
        """Hear that something about these bots is other than it was."""
        self._heard.names |= set(names)

    def hear(self, message: Message[Any]) -> None:
        """Take a bell of the bots."""
        name, heard = message.key, self._heard
        heard.names.add(name)
        if name not in self._watched:
            return
        if message.topic is FILLS:
            orders = [order_payload(order) for order in message.value().orders]
            heard.orders.setdefault(name, []).extend(orders)
        else:
            heard.history.setdefault(name, []).append(transition_payload(message.value()))

    def holds(self, name: InstrumentId) -> bool:
        """Tell whether the price of an instrument matters to any bot."""
        return name in self._book.prices

    def priced(self, name: InstrumentId, bell: TapeAdvanced) -> None:
        """Take the newest price of an instrument."""
        if bell.trades:
            self._book.prices[name] = bell.trades[-1].price
            self._priced.add(name)

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._isolation.repeat("bots", self._turn)

    async def _turn(self) -> None:
        await self._seen.wait()
        try:
            await self.update()
        except ExternalServiceError as error:
            log.warning("bots wait", extra={"reason": str(error)})
            self._read_all_s = float("-inf")
            await self._clock.sleep(RETRY_S)
        await self._clock.sleep(1 / UPDATES_PER_S)

    async def update(self) -> None:
        """Tell what has changed since the last call.

        What was heard before a read is told with it, and what is heard while it runs with the
        next one: no row is older than the news beside it.
        """
        whole = await self._read()
        asked, self._asked = self._asked, _Heard()
        moving = self._move(whole)
        changed = whole | moving
        if not changed and self.totals is not None:
            return
        self.totals = totals_of(self._book.rows.values())
        news = {
            name: {"row": changed[name], **asked.news_of(name)}
            for name in self._watched
            if name in changed
        }
        self._tell(BotTold(list(changed.values()), frozenset(whole), news, self.totals))

    async def _read(self) -> dict[str, Row]:
        """Read what is due and return the rows that became other, whole."""
        now_s = self._clock.monotonic_s()
        everyone = now_s - self._read_all_s >= READ_ALL_EVERY_S
        if now_s - self._read_watched_s >= READ_WATCHED_EVERY_S:
            self._read_watched_s = now_s
            self._heard.names |= set(self._watched)
        # What a failed read had taken is still there, and comes first.
        self._asked.add(self._heard)
        self._heard = _Heard()
        asked = self._asked.names
        if not everyone and not asked:
            return {}
        figures = await self._bots.figures(None if everyone else asked)
        if everyone:
            self._read_all_s = now_s
            self._book.figures = {}
        await self._learn(figures)
        return self._renewed(figures, asked)

    async def _learn(self, figures: list[BotFigures]) -> None:
        self._book.figures |= {one.status.name: one for one in figures}
        unknown = {one.config.instrument_id for one in figures} - self._book.prices.keys()
        if unknown:
            self._book.prices |= await self._bots.prices(unknown)

    def _renewed(self, figures: list[BotFigures], asked: set[str]) -> dict[str, Row]:
        renewed = {}
        for one in figures:
            name = one.status.name
            with self._isolation.attempt(f"row of bot {name}"):
                row = row_of(one, self._book.prices.get(one.config.instrument_id))
                row |= self._bots.known_of(name)
                if name in asked or _is_other(row, self._book.rows.get(name)):
                    renewed[name] = self._book.rows[name] = row
        return renewed

    def _move(self, whole: dict[str, Row]) -> dict[str, Row]:
        """Return what moved with the price of the rows that are not told whole."""
        priced, self._priced = self._priced, set()
        moving = {}
        for name, one in self._book.figures.items():
            has_moved = one.config.instrument_id in priced and name not in whole
            shown = self._book.rows.get(name)
            if not has_moved or shown is None or not shown["living"]:
                continue
            price = self._book.prices[one.config.instrument_id]
            with self._isolation.attempt(f"price of bot {name}"):
                row = moving_of(one, price)
                is_other = row["position"] or name in self._watched
                if is_other and any(shown[key] != row[key] for key in row):
                    shown |= row
                    moving[name] = row
        return moving


def _is_other(row: Row, before: Row | None) -> bool:
    """Tell whether a row changed in more than the price of what it does not hold."""
    return before is None or any(row[key] != before[key] for key in row if key != "price")
