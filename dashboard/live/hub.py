"""The hub of live updates: one subscription to the bus, and the topics that browsers watch."""

import asyncio
import logging
import secrets
from collections.abc import Iterable
from typing import Any

from bot_manager.domain.topics import BOT_STATES, FILLS
from dashboard.feed import FeedView
from dashboard.figures.signal_marks import marks_by_timeframe
from dashboard.live.bot_feed import BotFeed
from dashboard.live.frame_outbox import FrameOutbox
from dashboard.live.header_feed import PULSE, HeaderFeed
from dashboard.live.indicator_feed import IndicatorFeed
from dashboard.live.protocol import AlertNotification, Hello, Signals
from dashboard.live.subscriptions import LiveSubscriptions
from dashboard.live.system_feed import SystemFeed
from dashboard.live.tape_feed import TapeFeed
from dashboard.live.tape_view import TapeView
from dashboard.live.topics import BotTopic, IndicatorTopic, LiveTopic, SignalTopic
from dashboard.services import DashboardServices
from dashboard.views import TRADES_SHOWN, Seed
from data import InstrumentId, Timeframe
from data.status import COLLECTORS
from data.topics import CANDLES, TRADES
from strategies.topics import SIGNALS, SignalsAdvanced
from utils.alerts import Delivery
from utils.alerts.topics import ALERTS
from utils.clock import Clock
from utils.codec import encode
from utils.isolation import Isolation, ItemFailures
from utils.messaging import AsyncBus, BusUnavailable, Interest, Message

log = logging.getLogger("truetape.dashboard")

RECONNECT_PAUSE_S = 1.0
_BOT_TOPICS = (FILLS, BOT_STATES)
_SUBSCRIBED = (TRADES, CANDLES, COLLECTORS, SIGNALS, ALERTS, *_BOT_TOPICS)


class LiveHub:
    """Passes messages of the bus to the feeds, which send frames to the browsers."""

    def __init__(
        self,
        bus: AsyncBus,
        services: DashboardServices,
        clock: Clock,
        failures: ItemFailures | None = None,
    ) -> None:
        self.epoch = secrets.token_hex(6)
        self._isolation = Isolation("live", clock, failures or ItemFailures())
        self._bus = bus
        self._services = services
        self._clock = clock
        self._subscriptions = LiveSubscriptions()
        views: dict[InstrumentId, TapeView] = {}
        self._indicators = IndicatorFeed(
            services, clock, self._isolation, self._subscriptions, views
        )
        self._tapes = TapeFeed(
            self._read_seed,
            clock,
            self._subscriptions,
            self._isolation,
            views,
            self._indicators,
        )
        self.bots = BotFeed(
            services.bots, services.thread_pools, clock, self._isolation, self._subscriptions
        )
        self._header = HeaderFeed(
            bus,
            services,
            clock,
            self._subscriptions,
            self._isolation,
            self.epoch,
            self._tapes.restart_all,
        )
        self._system = SystemFeed(
            services.system,
            services.thread_pools,
            clock,
            self._isolation,
            self._subscriptions,
            self._header,
        )

    @property
    def subscribers(self) -> int:
        """Return how many browsers are connected."""
        return len(self._subscriptions)

    @property
    def waiting(self) -> int:
        """Return how many frames wait for the slowest browser."""
        return self._subscriptions.waiting

    def numbers(self, topics: Iterable[LiveTopic]) -> dict[str, int]:
        """Return the number of the last frame of each topic."""
        return self._subscriptions.numbers(topics)

    def position_of(self, topic: LiveTopic) -> dict[str, Any]:
        """Return the epoch and the number of the last frame of a topic, for a snapshot of it.

        Read it before the snapshot: a frame of the meantime is then received twice, never missed.
        """
        return {"epoch": self.epoch, "number": self.numbers([topic])[str(topic)]}

    @property
    def feed(self) -> FeedView:
        """Return the state of the collectors."""
        return self._header.feed

    async def run(self) -> None:
        """Serve until cancelled. A failure of a feed, or of one of its items, stops no other."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._isolation.repeat("bus", self._listen))
            for feed in (self._header, self._tapes, self._indicators, self.bots, self._system):
                group.create_task(feed.run())

    def join(self, client: FrameOutbox, user: str) -> None:
        """Add a browser of a user. Raises InvalidValue if the user has too many."""
        self._subscriptions.join(client, user)
        client.offer(encode(Hello(epoch=self.epoch)), replaces=None)
        client.offer(self._header.frame(), replaces="feed")
        if (totals := self.bots.frame()) is not None:
            client.offer(totals, replaces="fleet")
        self._follow()

    def leave(self, client: FrameOutbox) -> None:
        """Remove a browser, and the tapes that no other browser watches."""
        self._subscriptions.leave(client)
        self._follow()

    def watch(self, client: FrameOutbox, topics: Iterable[LiveTopic]) -> None:
        """Send a browser these topics from now on. Raises InvalidValue if its user has too many."""
        self._subscriptions.watch(client, frozenset(topics))
        self._system.refresh_soon()
        self._follow()

    def _follow(self) -> None:
        watched = self._subscriptions.watched
        self._tapes.follow()
        self._indicators.follow({topic for topic in watched if isinstance(topic, IndicatorTopic)})
        self.bots.follow(
            {topic.name for topic in watched if isinstance(topic, BotTopic)},
            has_viewers=bool(self._subscriptions),
        )

    async def _read_seed(self, name: InstrumentId, timeframes: list[Timeframe]) -> Seed:
        run, market = self._services.thread_pools.run, self._services.market
        return await run(market.seed, name, timeframes, trade_limit=TRADES_SHOWN)

    # -- incoming

    async def _listen(self) -> None:
        interests = [Interest(topic) for topic in _SUBSCRIBED]
        interests.append(Interest(PULSE, self.epoch))
        try:
            async with self._bus.subscribe(interests) as subscription:
                while True:
                    for message in await subscription.receive(1.0):
                        with self._isolation.attempt(f"messages of {message.topic.name}"):
                            self._receive(message)
        except BusUnavailable as error:
            log.warning("bus subscription lost", extra={"error": str(error)})
            await self._clock.sleep(RECONNECT_PAUSE_S)

    def _receive(self, message: Message[Any]) -> None:
        if message.topic is PULSE:
            self._header.on_pulse()
        elif message.topic is COLLECTORS:
            self._header.receive(message.value())
        elif message.topic is SIGNALS:
            self._send_signals(message.value())
        elif message.topic is ALERTS:
            self._send_alert(message.value())
        elif message.topic in _BOT_TOPICS:
            self.bots.receive(message)
        else:
            self._receive_tape(message)

    def _receive_tape(self, message: Message[Any]) -> None:
        name = InstrumentId.parse(message.key)
        if message.topic is TRADES and self.bots.uses_price_of(name):
            self.bots.priced(name, message.value())
        self._tapes.receive(message)

    # -- outgoing

    def _send_signals(self, advanced: SignalsAdvanced) -> None:
        for timeframe, rows in marks_by_timeframe(advanced.advances).items():
            topic = SignalTopic(advanced.instrument, timeframe)
            frame = Signals(
                topic=str(topic), number=self._subscriptions.next_number(topic), rows=rows
            )
            self._subscriptions.send(topic, encode(frame), replaces=None)

    def _send_alert(self, message: Delivery) -> None:
        update = AlertNotification(severity=message.severity, title=message.title)
        self._subscriptions.send_to_all(encode(update), replaces=None)
        self._system.refresh_soon()
