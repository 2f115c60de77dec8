"""The collector's life cycle, for every exchange: each start and each retry is a recovery."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from data.collectors.config import CollectorConfig, Endpoint, FeedRules, RestRules
from data.collectors.feed.feed import ExchangeFeed, FeedListener
from data.collectors.ingestion import IngestionSession, InstrumentsChanged
from data.collectors.rest import ExchangeRest
from data.collectors.status_tracker import CollectorStatusReporter, CollectorStatusTracker
from data.collectors.store import CollectorStore
from data.errors import (
    PermanentFeedError,
    RepositoryError,
    RepositoryUnavailable,
    TapeTaken,
    TemporaryFeedError,
)
from data.market.instrument import InstrumentId
from data.status import CollectorState, CollectorStatus
from utils.backoff import Backoff
from utils.clock import Clock

log = logging.getLogger("truetape.collector")

_FEED_ERRORS = (TemporaryFeedError, PermanentFeedError)
_FINAL_REPORT_TIMEOUT_S = 2.0
_MS = timedelta(milliseconds=1)


class BaseDataCollector(ABC):
    """Collects some instruments of one exchange until stopped.

    An exchange adapter adds two methods: `open_rest` for requests and `open_feed` for streams.
    This class handles order, holes, candles, the store and its failures.

    `default_endpoint`: the exchange's addresses; None if they must be given. `channels`: its trade
    streams, the default one first. `default_feed`: rules within the exchange's limits.
    """

    default_endpoint: ClassVar[Endpoint | None] = None
    channels: ClassVar[tuple[str, ...]] = ("trades",)
    default_feed: ClassVar[FeedRules] = FeedRules()

    def __init__(
        self, config: CollectorConfig, endpoint: Endpoint, store: CollectorStore, clock: Clock
    ) -> None:
        self.config = config
        self.endpoint = endpoint
        self.clock = clock
        self.status_tracker = CollectorStatusTracker(config, endpoint, clock)
        self._store = store
        self._reporter = CollectorStatusReporter(self.status_tracker, store)
        rules = config.writer
        self._backoff = Backoff(first_s=rules.backoff_first_s, cap_s=rules.backoff_cap_s)

    @classmethod
    @abstractmethod
    def open_rest(
        cls, exchange: str, endpoint: Endpoint, rules: RestRules, clock: Clock
    ) -> ExchangeRest:
        """Build the exchange's REST client; `exchange` is the name of its instruments' exchange."""

    @abstractmethod
    def open_feed(
        self, instruments: Sequence[InstrumentId], listener: FeedListener
    ) -> ExchangeFeed:
        """Build the feed that delivers these instruments to the listener."""

    def status(self) -> CollectorStatus:
        """Return the collector's current status."""
        return self.status_tracker.status()

    async def run(self, stop: asyncio.Event) -> None:
        """Collect until `stop` is set; then commit what has arrived, report it, and return."""
        config = self.config
        rest = self.open_rest(config.exchange, self.endpoint, config.rest, self.clock)
        ending = CollectorState.FAILED
        try:
            async with asyncio.TaskGroup() as tasks:
                helpers = [
                    tasks.create_task(self._reporter.run(self.config.telemetry_s, self.clock)),
                    tasks.create_task(self._follow_clock(rest)),
                ]
                while not stop.is_set():
                    await _until(stop, self._session(rest))
                for helper in helpers:
                    helper.cancel()
            ending = CollectorState.STOPPED
        finally:
            self.status_tracker.enter_phase(ending)
            final_report = asyncio.create_task(self._reporter.report())
            await asyncio.wait([final_report], timeout=_FINAL_REPORT_TIMEOUT_S)
            await rest.close()

    async def _session(self, rest: ExchangeRest) -> None:
        session = IngestionSession(self.config, self._store, rest, self.clock, self.status_tracker)
        state, problem = CollectorState.STARTING, ""
        began_s = self.clock.monotonic_s()
        try:
            await session.run(self.open_feed)
        except* InstrumentsChanged as group:
            log.info("session restarting", extra={"why": _first(group)})
        except* TapeTaken as group:
            problem = _first(group)
        except* (RepositoryUnavailable, RepositoryError) as group:
            state, problem = CollectorState.STORE_DOWN, _first(group)
        except* _FEED_ERRORS as group:
            state, problem = CollectorState.DISCONNECTED, _first(group)
        if self.clock.monotonic_s() - began_s > self.config.writer.backoff_cap_s:
            self._backoff.reset()
        if problem:
            await self._wait(state, problem)

    async def _wait(self, state: CollectorState, problem: str) -> None:
        delay_s = self._backoff.next_delay_s()
        log.warning(
            "collection interrupted",
            extra={"state": str(state), "problem": problem, "retry_in_s": round(delay_s, 3)},
        )
        self.status_tracker.enter_phase(
            state, problem, self.clock.now() + timedelta(seconds=delay_s)
        )
        await self.clock.sleep(delay_s)

    async def _follow_clock(self, rest: ExchangeRest) -> None:
        rules = self.config.rest
        while True:
            try:
                offset_ms = await measure_offset_ms(rest, self.clock, rules.clock_samples)
                self.status_tracker.clock_offset_ms = offset_ms
                self.status_tracker.stopwatch.offset_ms = offset_ms
            except _FEED_ERRORS as error:
                log.info("clock offset not measured", extra={"error": str(error)})
            await self.clock.sleep(rules.clock_every_s)


async def measure_offset_ms(rest: ExchangeRest, clock: Clock, samples: int) -> float:
    """Return the exchange's time minus this clock's, by the sample with the shortest round trip.

    Raises TemporaryFeedError and PermanentFeedError.
    """
    best_round_trip_s, best_ms = float("inf"), 0.0
    for _ in range(samples):
        sent_s, sent_at = clock.monotonic_s(), clock.now()
        exchange_time = await rest.time()
        round_trip_s = clock.monotonic_s() - sent_s
        if round_trip_s < best_round_trip_s:
            midpoint = sent_at + timedelta(seconds=round_trip_s / 2)
            best_round_trip_s, best_ms = round_trip_s, (exchange_time - midpoint) / _MS
    return best_ms


async def _until(stop: asyncio.Event, session: Coroutine[Any, Any, None]) -> None:
    """Run a session to its end or until `stop`."""
    running = asyncio.create_task(session)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        running.cancel()
        await asyncio.wait({running})
    if not running.cancelled():
        running.result()


def _first(group: BaseExceptionGroup[BaseException]) -> str:
    """Return the message of the first error inside."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)
