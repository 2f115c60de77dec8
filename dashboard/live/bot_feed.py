"""The bots as browsers see them: re-read after an event of a bot, updated with each price."""

import asyncio
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bot_manager.domain.topics import FILLS
from bot_manager.reporting.fleet import FleetRow
from dashboard.features.bots.detail import order_payload, transition_payload
from dashboard.features.bots.rows import Row, moving_of, row_of, totals_of
from dashboard.features.bots.services import BotServices
from dashboard.live.protocol import BotRows, BotUpdate, Fleet
from dashboard.live.subscriptions import LiveSubscriptions
from dashboard.live.topics import BotTopic, FleetTopic
from dashboard.thread_pools import ThreadPools
from data import InstrumentId
from data.topics import TapeAdvanced
from utils.clock import Clock
from utils.codec import encode
from utils.errors import ExternalServiceError
from utils.isolation import Isolation
from utils.messaging import Message

log = logging.getLogger("truetape.dashboard")

UPDATES_PER_S = 2
RETRY_S = 2.0
# No event announces bots that files and commands make, nor levels that follow the price.
READ_ALL_EVERY_S = 10.0
READ_WATCHED_EVERY_S = 3.0


@dataclass(frozen=True, slots=True)
class FleetUpdate:
    """One update: rows of the fleet, updates of watched bots, and the totals.

    `whole` names the bots whose rows are complete: these must not be dropped.
    """

    rows: list[Row]
    whole: frozenset[str]
    bot_updates: dict[str, dict[str, Any]]
    totals: dict[str, Any]


@dataclass(slots=True)
class _PendingChanges:
    """The bots with events since the last read, and the payloads of those events."""

    names: set[str] = field(default_factory=set)
    orders: dict[str, list[Any]] = field(default_factory=dict)
    transitions: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, later: "_PendingChanges") -> None:
        """Append the changes received later."""
        self.names |= later.names
        for mine, theirs in ((self.orders, later.orders), (self.transitions, later.transitions)):
            for name, rows in theirs.items():
                mine.setdefault(name, []).extend(rows)

    def rows_of(self, name: str) -> dict[str, Any]:
        """Return the orders and transitions received for a bot."""
        return {"orders": self.orders.get(name, []), "transitions": self.transitions.get(name, [])}


@dataclass(slots=True)
class _FleetState:
    """The last known fleet rows, prices and rows of the bots."""

    fleet_rows: dict[str, FleetRow] = field(default_factory=dict)
    prices: dict[InstrumentId, Decimal] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)


class BotFeed:
    """Follows all bots while a browser is connected; reads only those with an event or due."""

    def __init__(
        self,
        bots: BotServices,
        thread_pools: ThreadPools,
        clock: Clock,
        isolation: Isolation,
        subscriptions: LiveSubscriptions,
    ) -> None:
        self._isolation = isolation
        self._totals: dict[str, Any] | None = None
        self._bots = bots
        self._thread_pools = thread_pools
        self._clock = clock
        self._subscriptions = subscriptions
        self._fleet = _FleetState()
        self._watched: Collection[str] = ()
        self._pending = _PendingChanges()
        self._reading = _PendingChanges()
        self._priced: set[InstrumentId] = set()
        self._read_all_s = self._read_watched_s = float("-inf")
        self._has_viewers = asyncio.Event()

    def follow(self, names: Collection[str], *, has_viewers: bool) -> None:
        """Set which bots are watched one by one, and whether any browser is connected."""
        if set(names) - set(self._watched):
            self._pending.names |= set(names)
        self._watched = names
        if has_viewers:
            self._has_viewers.set()
        else:
            self._has_viewers.clear()

    def moved(self, names: Iterable[str]) -> None:
        """Mark bots as changed: the next update reads them again."""
        self._pending.names |= set(names)

    def receive(self, message: Message[Any]) -> None:
        """Process a message of the topics FILLS and BOT_STATES."""
        name, pending = message.key, self._pending
        pending.names.add(name)
        if name not in self._watched:
            return
        if message.topic is FILLS:
            orders = [order_payload(order) for order in message.value().orders]
            pending.orders.setdefault(name, []).extend(orders)
        else:
            pending.transitions.setdefault(name, []).append(transition_payload(message.value()))

    def uses_price_of(self, name: InstrumentId) -> bool:
        """Return whether the price of an instrument matters to any bot."""
        return name in self._fleet.prices

    def priced(self, name: InstrumentId, event: TapeAdvanced) -> None:
        """Store the newest price of an instrument."""
        if event.trades:
            self._fleet.prices[name] = event.trades[-1].price
            self._priced.add(name)

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._isolation.repeat("bots", self._turn)

    async def _turn(self) -> None:
        await self._has_viewers.wait()
        try:
            update = await self.read_changes()
        except ExternalServiceError as error:
            log.warning("bot rows not read; retrying", extra={"reason": str(error)})
            self._read_all_s = float("-inf")
            await self._clock.sleep(RETRY_S)
        else:
            if update is not None:
                self._send(update)
        await self._clock.sleep(1 / UPDATES_PER_S)

    def frame(self) -> bytes | None:
        """Return the encoded totals; None before the first read."""
        return None if self._totals is None else encode(Fleet(totals=self._totals))

    async def read_changes(self) -> FleetUpdate | None:
        """Return what has changed since the last call, None if nothing has.

        Messages received before a read are returned with it, those received during the read with
        the next one: no row is older than the orders and transitions beside it.
        """
        whole = await self._read()
        reading, self._reading = self._reading, _PendingChanges()
        moving = self._move(whole)
        changed = whole | moving
        if not changed and self._totals is not None:
            return None
        self._totals = totals_of(self._fleet.rows.values())
        bot_updates = {
            name: {"row": changed[name], **reading.rows_of(name)}
            for name in self._watched
            if name in changed
        }
        return FleetUpdate(list(changed.values()), frozenset(whole), bot_updates, self._totals)

    def _send(self, update: FleetUpdate) -> None:
        """Send rows to watchers of the fleet, updates to watchers of a bot, totals to all."""
        subscriptions = self._subscriptions
        if update.rows:
            topic = FleetTopic()
            frame = BotRows(
                topic=str(topic), number=subscriptions.next_number(topic), rows=update.rows
            )
            subscriptions.send(topic, encode(frame), replaces=None if update.whole else str(topic))
        for name, bot_updates in update.bot_updates.items():
            of_bot = BotTopic(name)
            raw = encode(
                BotUpdate(
                    topic=str(of_bot), number=subscriptions.next_number(of_bot), **bot_updates
                )
            )
            subscriptions.send(of_bot, raw, replaces=None if name in update.whole else str(of_bot))
        subscriptions.send_to_all(encode(Fleet(totals=update.totals)), replaces="fleet")

    async def _read(self) -> dict[str, Row]:
        """Read what is due and return the complete rows that changed."""
        now_s = self._clock.monotonic_s()
        reads_all = now_s - self._read_all_s >= READ_ALL_EVERY_S
        if now_s - self._read_watched_s >= READ_WATCHED_EVERY_S:
            self._read_watched_s = now_s
            self._pending.names |= set(self._watched)
        # Changes of a failed read are still there, and come first.
        self._reading.add(self._pending)
        self._pending = _PendingChanges()
        reading = self._reading.names
        if not reads_all and not reading:
            return {}
        fleet_rows = await self._thread_pools.run(
            self._bots.fleet_rows, None if reads_all else reading
        )
        if reads_all:
            self._read_all_s = now_s
            self._fleet.fleet_rows = {}
        await self._apply_fleet_rows(fleet_rows)
        return self._changed_rows(fleet_rows, reading)

    async def _apply_fleet_rows(self, fleet_rows: list[FleetRow]) -> None:
        self._fleet.fleet_rows |= {one.status.name: one for one in fleet_rows}
        unknown = {one.config.instrument_id for one in fleet_rows} - self._fleet.prices.keys()
        if unknown:
            self._fleet.prices |= await self._thread_pools.run(self._bots.reads.prices, unknown)

    def _changed_rows(self, fleet_rows: list[FleetRow], reading: set[str]) -> dict[str, Row]:
        changed_rows = {}
        for one in fleet_rows:
            name = one.status.name
            with self._isolation.attempt(f"row of bot {name}"):
                row = row_of(one, self._fleet.prices.get(one.config.instrument_id))
                row |= self._bots.row_extras(name)
                if name in reading or _has_changed(row, self._fleet.rows.get(name)):
                    changed_rows[name] = self._fleet.rows[name] = row
        return changed_rows

    def _move(self, whole: dict[str, Row]) -> dict[str, Row]:
        """Return what changed with the price in rows that are not sent complete."""
        priced, self._priced = self._priced, set()
        moving = {}
        for name, one in self._fleet.fleet_rows.items():
            has_moved = one.config.instrument_id in priced and name not in whole
            shown = self._fleet.rows.get(name)
            if not has_moved or shown is None or not shown["is_active"]:
                continue
            price = self._fleet.prices[one.config.instrument_id]
            with self._isolation.attempt(f"price of bot {name}"):
                row = moving_of(one, price)
                is_relevant = row["position"] or name in self._watched
                if is_relevant and any(shown[key] != row[key] for key in row):
                    shown |= row
                    moving[name] = row
        return moving


def _has_changed(row: Row, before: Row | None) -> bool:
    """Return whether a row changed in more than its price."""
    return before is None or any(row[key] != before[key] for key in row if key != "price")
