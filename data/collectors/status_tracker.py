"""Status reports of one collector process, saved and published every few seconds."""

import asyncio
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from data.collectors.config import CollectorConfig, Endpoint
from data.collectors.feed.feed import FeedCounters
from data.collectors.feed.stream import InstrumentStream
from data.collectors.store import CollectorStore
from data.collectors.tape.writer import Stopwatch
from data.errors import RepositoryError, RepositoryUnavailable
from data.status import COLLECTORS, CollectorState, CollectorStatus, StreamState
from utils.clock import Clock
from utils.isolation import ItemFailures
from utils.messaging import BusUnavailable

log = logging.getLogger("truetape.collector.status")


class CollectorStatusTracker:
    """The facts and the state of the collector. Owned by the event loop."""

    def __init__(self, config: CollectorConfig, endpoint: Endpoint, clock: Clock) -> None:
        self.counters = FeedCounters()
        self.stopwatch = Stopwatch(clock)
        self.failures = ItemFailures()
        self.streams: Sequence[InstrumentStream] = ()
        self.trades_committed = 0
        self.commits = 0
        self.clock_offset_ms: float | None = None
        self._config = config
        self._endpoint = endpoint
        self._clock = clock
        self._phase: CollectorState | None = CollectorState.STARTING
        self._state = CollectorState.STARTING
        self._since = clock.now()
        self._problem = ""
        self._retry_at: datetime | None = None
        self._ever_connected = False

    def enter_phase(
        self, state: CollectorState, problem: str = "", retry_at: datetime | None = None
    ) -> None:
        """Enter a phase in which the streams do not determine the state."""
        self._phase, self._problem, self._retry_at = state, problem, retry_at

    def derive_from(self, streams: Sequence[InstrumentStream]) -> None:
        """Derive the state from these streams from now on."""
        self.streams = streams
        self._phase, self._problem, self._retry_at = None, "", None
        self._ever_connected = False

    def on_connected(self) -> None:
        """Record that a socket is open."""
        self._ever_connected = True
        self._problem, self._retry_at = "", None

    def on_disconnected(self, problem: str, retry_at: datetime) -> None:
        """Record that a socket was lost."""
        self._ever_connected = True
        self._problem, self._retry_at = problem, retry_at

    def status(self) -> CollectorStatus:
        """Return the collector's current status."""
        state, now = self._phase or self._state_of_streams(), self._clock.now()
        if state is not self._state:
            facts = {"collector": self._config.name, "state": str(state), "problem": self._problem}
            log.info("collector state", extra=facts)
            self._state, self._since = state, now
        return CollectorStatus(
            name=self._config.name,
            exchange=self._config.exchange,
            endpoint=self._endpoint.ws_url,
            state=state,
            since=self._since,
            reported_at=now,
            pid=os.getpid(),
            retry_at=self._retry_at,
            problem=self._problem,
            reconnects=self.counters.reconnects,
            frames=self.counters.frames,
            unhandled_frames=self.counters.unhandled.total(),
            undecodable_frames=self.counters.undecodable,
            trades_committed=self.trades_committed,
            clock_offset_ms=self.clock_offset_ms,
            streams=[stream.status() for stream in self.streams],
        )

    def _state_of_streams(self) -> CollectorState:
        states = {stream.state for stream in self.streams}
        if states and states <= {StreamState.LIVE, StreamState.DELISTED}:
            return CollectorState.LIVE
        if any(stream.acks for stream in self.streams):
            return CollectorState.DEGRADED
        if states == {StreamState.FAILED}:
            return CollectorState.FAILED
        return CollectorState.DISCONNECTED if self._ever_connected else CollectorState.STARTING


class CollectorStatusReporter:
    """Saves and publishes the status. Failures are left to the components that move trades."""

    def __init__(self, status_tracker: CollectorStatusTracker, store: CollectorStore) -> None:
        self._status_tracker = status_tracker
        self._store = store
        self._made = 0
        self._sent = 0
        self._sending = Lock()

    async def run(self, every_s: float, clock: Clock) -> None:
        """Report until cancelled."""
        while True:
            await self.report()
            await clock.sleep(every_s)

    async def report(self) -> None:
        """Report once."""
        self._made += 1
        await asyncio.to_thread(self._send_in_order, self._made, self._status_tracker.status())

    def _send_in_order(self, number: int, status: CollectorStatus) -> None:
        """Send a report unless a newer one was sent.

        A thread continues when the task that waits for it is cancelled: the last report could be
        overwritten by the one before.
        """
        with self._sending:
            if number > self._sent:
                self._sent = number
                self._send(status)

    def _send(self, status: CollectorStatus) -> None:
        try:
            self._store.statuses.save([status])
        except (RepositoryUnavailable, RepositoryError) as error:
            log.debug("status not saved", extra={"error": str(error)})
        try:
            self._store.bus.publish(COLLECTORS, status.name, status)
        except BusUnavailable as error:
            log.debug("status not published", extra={"error": str(error)})
