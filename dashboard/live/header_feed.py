"""What the header of every page shows of the platform: collectors, bus, open alerts."""

import asyncio
import logging
from collections.abc import Callable, Collection

import msgspec

from dashboard.feed import NO_COLLECTOR, FeedView, feed_view
from dashboard.live.protocol import Feed
from dashboard.live.subscriptions import LiveSubscriptions
from dashboard.services import DashboardServices
from data.status import CollectorStatus
from utils.clock import Clock
from utils.codec import encode
from utils.errors import ExternalServiceError
from utils.isolation import Isolation
from utils.liveness import Liveness
from utils.messaging import AsyncBus, BusUnavailable, Topic

log = logging.getLogger("truetape.dashboard")

PULSE_S = 2.0
BUS_TIMEOUT_S = 7.0
FEED_EVERY_S = 5.0
RETRY_S = 2.0


class Pulse(msgspec.Struct, frozen=True):
    """A message of the web process to itself over the bus: a check of the connection."""


PULSE: Topic[Pulse] = Topic("dashboard", Pulse)


class HeaderFeed:
    """Sends every browser each change, and the unchanged state every five seconds.

    `on_reconnect` is called when the bus is back: messages published meanwhile are lost.
    """

    def __init__(
        self,
        bus: AsyncBus,
        services: DashboardServices,
        clock: Clock,
        subscriptions: LiveSubscriptions,
        isolation: Isolation,
        epoch: str,
        on_reconnect: Callable[[], None],
    ) -> None:
        self.bus_connected = True
        self._bus = bus
        self._services = services
        self._clock = clock
        self._subscriptions = subscriptions
        self._isolation = isolation
        self._epoch = epoch
        self._on_reconnect = on_reconnect
        self._statuses: dict[str, CollectorStatus] = {}
        self._are_statuses_read = False
        self._liveness = Liveness(clock)
        self._feed: FeedView = NO_COLLECTOR
        self._last_pulse_s = clock.monotonic_s()
        self._last_sent_s = float("-inf")

    @property
    def statuses(self) -> Collection[CollectorStatus]:
        """Return the last status of each collector."""
        return self._statuses.values()

    @property
    def feed(self) -> FeedView:
        """Return the state of the collectors."""
        return feed_view(self._statuses.values(), self._liveness.silent_s)

    def on_pulse(self) -> None:
        """Record that the bus is connected."""
        self._last_pulse_s = self._clock.monotonic_s()

    def receive(self, status: CollectorStatus) -> None:
        """Process the status of a collector."""
        self._statuses[status.name] = status
        self._liveness.observe_time(status.name, status.reported_at)
        self._send_changes()

    def send(self) -> None:
        """Send the state to every browser now."""
        self._last_sent_s = float("-inf")
        self._send_changes()

    def frame(self) -> bytes:
        """Return the encoded state."""
        return encode(
            Feed(
                feed=self._feed,
                bus_connected=self.bus_connected,
                now=self._clock.now(),
                open_alerts=self._services.system.open_alerts,
            )
        )

    async def run(self) -> None:
        """Publish pulses, check that they arrive, and send the state; until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._load_statuses())
            group.create_task(self._isolation.repeat("header", self._turn))

    async def _turn(self) -> None:
        try:
            await self._bus.publish(PULSE, self._epoch, Pulse())
        except BusUnavailable as error:
            log.debug("Redis heartbeat not published", extra={"error": str(error)})
        await self._clock.sleep(PULSE_S)
        self._check_bus()
        self._send_changes()

    async def _load_statuses(self) -> None:
        """Read the stored state of each collector, again until that succeeds."""
        item = "collector states"
        while not self._are_statuses_read:
            with self._isolation.attempt(item) as attempt:
                await self._read_statuses()
            if attempt.failed:
                await self._clock.sleep(self._isolation.delay_s(item))

    async def _read_statuses(self) -> None:
        run, collectors = self._services.thread_pools.run, self._services.collectors
        try:
            statuses = await run(collectors.all)
        except ExternalServiceError as error:
            log.warning("collector states not read; retrying", extra={"reason": str(error)})
            await self._clock.sleep(RETRY_S)
            return
        self._are_statuses_read = True
        for status in statuses:
            # What was received meanwhile is newer.
            if status.name not in self._statuses:
                self._statuses[status.name] = status
                self._liveness.observe_time(status.name, status.reported_at)
        self._send_changes()

    def _check_bus(self) -> None:
        bus_connected = self._clock.monotonic_s() - self._last_pulse_s < BUS_TIMEOUT_S
        if bus_connected is self.bus_connected:
            return
        log.info("bus connected" if bus_connected else "bus disconnected")
        self.bus_connected, self._last_sent_s = bus_connected, float("-inf")
        if bus_connected:
            self._on_reconnect()

    def _send_changes(self) -> None:
        feed, now_s = self.feed, self._clock.monotonic_s()
        if feed == self._feed and now_s - self._last_sent_s < FEED_EVERY_S:
            return
        self._feed, self._last_sent_s = feed, now_s
        self._subscriptions.send_to_all(self.frame(), replaces="feed")
