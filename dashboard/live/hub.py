"""The one ear of the web process: it hears the bus once and tells every browser what it watches."""

import asyncio
import logging
import secrets
from collections.abc import Iterable
from typing import Any

import msgspec

from bot_manager.topics import BOT_STATES, FILLS
from dashboard.feed import NO_COLLECTOR, FeedView, feed_view
from dashboard.live.bot_feed import BotFeed, BotTold
from dashboard.live.outbox import Outbox
from dashboard.live.protocol import (
    Bars,
    BotNews,
    BotRows,
    Feed,
    Fleet,
    Hello,
    Logs,
    Resync,
    Signals,
    System,
    Trades,
    Values,
    Watching,
)
from dashboard.live.study_feed import Rows, StudyFeed
from dashboard.live.system_feed import SystemFeed
from dashboard.live.tape_view import TapeView
from dashboard.live.topics import (
    BotTopic,
    CandleTopic,
    FleetTopic,
    LiveTopic,
    PageTopic,
    SignalTopic,
    StudyTopic,
    TradesTopic,
    instruments_of,
)
from dashboard.services import DashboardServices
from dashboard.signals.rows import rows_by_timeframe
from dashboard.system.overview import Overview
from data import InstrumentId
from data.status import COLLECTORS, CollectorStatus
from data.topics import CANDLES, TRADES
from strategies.topics import SIGNALS, SignalsAdvanced
from utils.clock import Clock
from utils.codec import encode
from utils.errors import ExternalServiceError
from utils.messaging import AsyncBus, BusUnavailable, Interest, Message, Topic

log = logging.getLogger("truetape.dashboard")

FRAMES_PER_S = 10
PULSE_S = 2.0
DEAF_AFTER_S = 7.0
FEED_EVERY_S = 5.0
RETRY_SEED_S = 2.0
BACKLOG = 256
_OF_BOTS = (FILLS, BOT_STATES)


class Pulse(msgspec.Struct, frozen=True):
    """What the hub sends itself over the bus, to know that it would hear others."""


PULSE: Topic[Pulse] = Topic("dashboard", Pulse)


class LiveHub:
    """Follow the tapes that browsers watch, and hand out frames, at most ten rounds a second."""

    def __init__(self, bus: AsyncBus, services: DashboardServices, clock: Clock) -> None:
        self.epoch = secrets.token_hex(6)
        self._bus = bus
        self._services = services
        self._clock = clock
        self._clients: dict[Outbox, frozenset[LiveTopic]] = {}
        self._views: dict[InstrumentId, TapeView] = {}
        self._studies = StudyFeed(services.charts, clock, self._views.get, self._send_values)
        self.bots = BotFeed(services.bots, clock, self._send_bots)
        self._system = SystemFeed(
            services.system, clock, self._is_watched, self._overview, self._tell, self._feed_again
        )
        self._backlog: dict[InstrumentId, list[Message[Any]]] = {}
        self._numbers: dict[str, int] = {}
        self._statuses: dict[str, CollectorStatus] = {}
        self._feed: FeedView = NO_COLLECTOR
        self._hears = True
        self._heard_s = clock.monotonic_s()
        self._fed_s = float("-inf")
        self._work = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def subscribers(self) -> int:
        """Return how many browsers are connected."""
        return len(self._clients)

    @property
    def waiting(self) -> int:
        """Return how many frames wait for the slowest browser."""
        return max((client.waiting for client in self._clients), default=0)

    def numbers(self, topics: Iterable[LiveTopic]) -> dict[str, int]:
        """Return the number of the last frame of each topic."""
        return {str(topic): self._numbers.get(str(topic), 0) for topic in topics}

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._pulse())
            group.create_task(self._flush_forever())
            group.create_task(self._studies.run())
            group.create_task(self.bots.run())
            group.create_task(self._system.run())

    def join(self, client: Outbox) -> None:
        """Take a browser in."""
        self._clients[client] = frozenset()
        client.offer(encode(Hello(epoch=self.epoch)), replaces=None)
        client.offer(self._feed_frame(), replaces="feed")
        if self.bots.totals is not None:
            client.offer(encode(Fleet(totals=self.bots.totals)), replaces="fleet")
        self._follow()

    def leave(self, client: Outbox) -> None:
        """Forget a browser, and the tapes that nobody else watches."""
        self._clients.pop(client, None)
        self._drop_unwatched()

    def watch(self, client: Outbox, topics: Iterable[LiveTopic]) -> None:
        """Send a browser these topics from now on."""
        wanted = frozenset(topics)
        self._clients[client] = wanted
        client.offer(encode(Watching(numbers=self.numbers(wanted))), replaces=None)
        self._drop_unwatched()
        self._system.hurry()
        for name in instruments_of(wanted):
            view = self._views.get(name)
            if view is None or not self._timeframes(name) <= view.timeframes:
                self._views.setdefault(name, TapeView(name))
                self._start_seeding(name, lost=False)
        self._follow()

    # -- what comes in

    async def _listen(self) -> None:
        interests = [Interest(topic) for topic in (TRADES, CANDLES, COLLECTORS, SIGNALS, *_OF_BOTS)]
        interests.append(Interest(PULSE, self.epoch))
        while True:
            try:
                async with self._bus.subscribe(interests) as subscription:
                    while True:
                        for message in await subscription.receive(1.0):
                            self._hear(message)
            except BusUnavailable as error:
                log.warning("bus cannot be heard", extra={"error": str(error)})
                await self._clock.sleep(1.0)

    def _hear(self, message: Message[Any]) -> None:
        if message.topic is PULSE:
            self._heard_s = self._clock.monotonic_s()
        elif message.topic is COLLECTORS:
            status = message.value()
            self._statuses[status.name] = status
            self._judge_feed()
        elif message.topic is SIGNALS:
            self._send_signals(message.value())
        elif message.topic in _OF_BOTS:
            self.bots.hear(message)
        else:
            self._hear_tape(InstrumentId.parse(message.key), message)

    def _hear_tape(self, name: InstrumentId, message: Message[Any]) -> None:
        if message.topic is TRADES and self.bots.holds(name):
            self.bots.priced(name, message.value())
        if name in self._backlog:
            self._backlog[name] = [*self._backlog[name], message][-BACKLOG:]
        elif name in self._views:
            self._apply(self._views[name], message)

    def _apply(self, view: TapeView, message: Message[Any]) -> None:
        if message.topic is CANDLES:
            view.close(message.value().candles)
        elif not view.advance(message.value()):
            log.info("live view starts anew", extra={"instrument": str(view.name)})
            self._start_seeding(view.name, lost=True)
        self._studies.moved(view.name)
        self._work.set()

    # -- seeds

    def _start_seeding(self, name: InstrumentId, *, lost: bool) -> None:
        if name in self._backlog:
            return
        self._backlog[name] = []
        task = asyncio.create_task(self._seed(name, lost=lost))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _seed(self, name: InstrumentId, *, lost: bool) -> None:
        """Read where the tape stands, then catch up with the bells that rang meanwhile."""
        while name in self._views:
            timeframes = self._timeframes(name)
            try:
                seed = await self._services.seed(name, sorted(timeframes))
            except ExternalServiceError as error:
                log.warning("live view waits", extra={"reason": str(error)})
                await self._clock.sleep(RETRY_SEED_S)
                continue
            if timeframes == self._timeframes(name):
                break
        backlog = self._backlog.pop(name)
        if name not in self._views:
            return
        self._views[name].start(seed, timeframes)
        self._studies.restart(name)
        if lost:
            self._tell_lost([name])
        for message in backlog:
            self._hear(message)
        self._work.set()

    def _tell_lost(self, names: Iterable[InstrumentId]) -> None:
        lost = set(names)
        for client, topics in self._clients.items():
            hit = sorted(str(t) for t in topics if instruments_of([t]) & lost)
            if hit:
                client.offer(encode(Resync(topics=hit)), replaces=None)

    def _timeframes(self, name: InstrumentId) -> frozenset[Any]:
        return frozenset(
            topic.timeframe
            for topics in self._clients.values()
            for topic in topics
            if isinstance(topic, CandleTopic | StudyTopic | SignalTopic)
            and topic.instrument == name
        )

    def _drop_unwatched(self) -> None:
        watched = {name for topics in self._clients.values() for name in instruments_of(topics)}
        for name in [name for name in self._views if name not in watched]:
            del self._views[name]
        self._follow()

    def _follow(self) -> None:
        watched = {topic for topics in self._clients.values() for topic in topics}
        self._studies.follow({topic for topic in watched if isinstance(topic, StudyTopic)})
        self.bots.follow(
            {topic.name for topic in watched if isinstance(topic, BotTopic)},
            seen=bool(self._clients),
        )

    # -- what goes out

    async def _flush_forever(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            self._flush()
            await self._clock.sleep(1 / FRAMES_PER_S)

    def _flush(self) -> None:
        watchers: dict[LiveTopic, list[Outbox]] = {}
        for client, topics in self._clients.items():
            for topic in topics:
                watchers.setdefault(topic, []).append(client)
        for topic, clients in watchers.items():
            if isinstance(topic, CandleTopic | TradesTopic):
                self._flush_topic(topic, clients)

    def _flush_topic(self, topic: CandleTopic | TradesTopic, clients: list[Outbox]) -> None:
        view = self._views.get(topic.instrument)
        if view is None or topic.instrument in self._backlog:
            return
        name = str(topic)
        frame, final = self._frame(topic, view, self._numbers.get(name, 0) + 1)
        if frame is None:
            return
        self._numbers[name] = frame.number
        raw = encode(frame)
        for client in clients:
            client.offer(raw, replaces=None if final else name)

    def _frame(
        self, topic: CandleTopic | TradesTopic, view: TapeView, number: int
    ) -> tuple[Bars | Trades | None, bool]:
        """Return what changed, and whether it must not be dropped."""
        if isinstance(topic, TradesTopic):
            rows = view.take_trades()
            return (Trades(topic=str(topic), number=number, rows=rows) if rows else None), False
        bars, final = view.take_bars(topic.timeframe)
        return (Bars(topic=str(topic), number=number, bars=bars) if bars else None), final

    def _send_values(self, topic: StudyTopic, rows: Rows, *, final: bool) -> None:
        frame = Values(topic=str(topic), number=self._next_number(topic), rows=rows)
        self._send(topic, encode(frame), replaces=None if final else str(topic))

    def _send_signals(self, advanced: SignalsAdvanced) -> None:
        for timeframe, rows in rows_by_timeframe(advanced.advances).items():
            topic = SignalTopic(advanced.instrument, timeframe)
            frame = Signals(topic=str(topic), number=self._next_number(topic), rows=rows)
            self._send(topic, encode(frame), replaces=None)

    def _send_bots(self, told: BotTold) -> None:
        """Give rows to whoever watches the fleet, news to whoever watches a bot, totals to all."""
        if told.rows:
            topic = FleetTopic()
            frame = BotRows(topic=str(topic), number=self._next_number(topic), rows=told.rows)
            self._send(topic, encode(frame), replaces=None if told.whole else str(topic))
        for name, news in told.news.items():
            of_bot = BotTopic(name)
            raw = encode(BotNews(topic=str(of_bot), number=self._next_number(of_bot), **news))
            self._send(of_bot, raw, replaces=None if name in told.whole else str(of_bot))
        for client in self._clients:
            client.offer(encode(Fleet(totals=told.totals)), replaces="fleet")

    # -- the platform itself

    def _is_watched(self, topic: PageTopic) -> bool:
        return any(topic in topics for topics in self._clients.values())

    def _overview(self) -> Overview:
        return self._services.system.overview(
            self._statuses.values(), bus_heard=self._hears, browsers=self.subscribers
        )

    def _tell(self, topic: PageTopic, value: Any) -> None:
        frame: System | Logs
        if isinstance(value, Overview):
            frame = System(topic=str(topic), number=self._next_number(topic), system=value)
            self._send(topic, encode(frame), replaces=str(topic))
        else:
            frame = Logs(topic=str(topic), number=self._next_number(topic), lines=value)
            self._send(topic, encode(frame), replaces=None)

    def _next_number(self, topic: LiveTopic) -> int:
        number = self._numbers[str(topic)] = self._numbers.get(str(topic), 0) + 1
        return number

    def _send(self, topic: LiveTopic, raw: bytes, *, replaces: str | None) -> None:
        for client, topics in self._clients.items():
            if topic in topics:
                client.offer(raw, replaces=replaces)

    # -- how we are

    async def _pulse(self) -> None:
        """Publish to ourselves, see whether we hear it, and say so."""
        await self._load_statuses()
        while True:
            try:
                await self._bus.publish(PULSE, self.epoch, Pulse())
            except BusUnavailable as error:
                log.debug("no pulse", extra={"error": str(error)})
            await self._clock.sleep(PULSE_S)
            self._judge_bus()
            self._judge_feed()

    async def _load_statuses(self) -> None:
        try:
            for status in await self._services.collectors():
                self._statuses.setdefault(status.name, status)
        except ExternalServiceError as error:
            log.warning("collector states are unknown", extra={"reason": str(error)})

    def _judge_bus(self) -> None:
        hears = self._clock.monotonic_s() - self._heard_s < DEAF_AFTER_S
        if hears and not self._hears:
            for name in self._views:
                self._start_seeding(name, lost=True)
        if hears is not self._hears:
            log.info("bus heard" if hears else "bus lost")
            self._fed_s = float("-inf")
        self._hears = hears

    def _feed_again(self) -> None:
        self._fed_s = float("-inf")
        self._judge_feed()

    def _judge_feed(self) -> None:
        feed = feed_view(self._statuses.values(), self._clock.now())
        if feed == self._feed and self._clock.monotonic_s() - self._fed_s < FEED_EVERY_S:
            return
        self._feed, self._fed_s = feed, self._clock.monotonic_s()
        raw = self._feed_frame()
        for client in self._clients:
            client.offer(raw, replaces="feed")

    def _feed_frame(self) -> bytes:
        return encode(
            Feed(
                feed=self._feed,
                bus=self._hears,
                now=self._clock.now(),
                alerts=self._services.system.open_alerts,
            )
        )
