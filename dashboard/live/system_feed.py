"""The state of the platform for its watchers: all of it every two seconds, log lines sooner."""

import asyncio

from dashboard.features.system.logs import AUDIT, LogLine
from dashboard.features.system.services import SystemServices
from dashboard.live.header_feed import HeaderFeed
from dashboard.live.protocol import Logs, System
from dashboard.live.subscriptions import LiveSubscriptions
from dashboard.live.topics import PageTopic
from dashboard.thread_pools import ThreadPools
from utils.clock import Clock
from utils.codec import encode
from utils.isolation import Isolation

SYSTEM, LOGS, COMMANDS = PageTopic("system"), PageTopic("logs"), PageTopic("commands")
OVERVIEW_EVERY_S = 2.0
# While the page is not watched, only the alert count in the header is refreshed.
ALERTS_EVERY_S = 6.0
LINES_EVERY_S = 1.0


class SystemFeed:
    """Polls the store and the log files; the header adds the states that it has received."""

    def __init__(
        self,
        system: SystemServices,
        thread_pools: ThreadPools,
        clock: Clock,
        isolation: Isolation,
        subscriptions: LiveSubscriptions,
        header: HeaderFeed,
    ) -> None:
        self._system = system
        self._thread_pools = thread_pools
        self._clock = clock
        self._isolation = isolation
        self._subscriptions = subscriptions
        self._header = header
        self._refreshed_s = float("-inf")
        self._open_alerts = system.open_alerts
        self._refresh_due = asyncio.Event()

    def refresh_soon(self) -> None:
        """Refresh soon: a browser has changed what it watches, or an alert was published."""
        self._refreshed_s = float("-inf")
        self._refresh_due.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._isolation.repeat("system", self._follow))
            group.create_task(self._isolation.repeat("logs", self._tail))

    async def _follow(self) -> None:
        is_watched = self._subscriptions.is_watched
        every_s = OVERVIEW_EVERY_S if is_watched(SYSTEM) else ALERTS_EVERY_S
        if self._clock.monotonic_s() - self._refreshed_s >= every_s:
            self._refreshed_s = self._clock.monotonic_s()
            await self._system.refresh()
            if self._system.open_alerts != self._open_alerts:
                self._open_alerts = self._system.open_alerts
                self._header.send()
            if is_watched(SYSTEM):
                self._send_overview()
        await self._pause()

    async def _tail(self) -> None:
        # Also while unwatched: a new watcher must not receive old lines as new ones.
        self.send_lines(await self._thread_pools.run(self._system.tail.new_lines))
        await self._clock.sleep(LINES_EVERY_S)

    def send_lines(self, lines: list[LogLine]) -> None:
        """Send log lines to their watchers; lines of commands have a topic of their own."""
        commands = [line for line in lines if line.component == AUDIT]
        others = [line for line in lines if line.component != AUDIT]
        for topic, found in ((LOGS, others), (COMMANDS, commands)):
            if found and self._subscriptions.is_watched(topic):
                number = self._subscriptions.next_number(topic)
                frame = Logs(topic=str(topic), number=number, lines=found)
                self._subscriptions.send(topic, encode(frame), replaces=None)

    def _send_overview(self) -> None:
        overview = self._system.overview(
            self._header.statuses,
            bus_connected=self._header.bus_connected,
            browsers=len(self._subscriptions),
        )
        name, number = str(SYSTEM), self._subscriptions.next_number(SYSTEM)
        frame = encode(System(topic=name, number=number, system=overview))
        self._subscriptions.send(SYSTEM, frame, replaces=name)

    async def _pause(self) -> None:
        self._refresh_due.clear()
        waiting = asyncio.create_task(self._refresh_due.wait())
        await asyncio.wait({waiting}, timeout=0.5)
        waiting.cancel()
