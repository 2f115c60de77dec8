"""Ingestion of trades: from the claimed tapes to the first failure of the store.

Nothing here outlives a database error: ends are read again, folds are resumed from the
store, and what was not committed is requested again.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from data.collectors.backfill.backfill_service import BackfillService
from data.collectors.backfill.hole_repair import HoleRepairer
from data.collectors.config import CollectorConfig
from data.collectors.feed.feed import ExchangeFeed, FeedListener
from data.collectors.feed.stream import InstrumentStream
from data.collectors.feed.watchdog import StreamWatchdog
from data.collectors.instruments import InstrumentDirectory, is_delisted, refusal
from data.collectors.rest import ExchangeRest
from data.collectors.status_tracker import CollectorStatusTracker
from data.collectors.store import CollectorStore
from data.collectors.tape.pipeline import TapePipeline
from data.collectors.tape.resume import FoldResumer
from data.collectors.tape.writer import StoreWriter
from data.errors import (
    DataError,
    PermanentFeedError,
    RepositoryError,
    TapeTaken,
    TemporaryFeedError,
)
from data.market.aggregation import CandleAggregator
from data.market.instrument import Instrument, InstrumentId
from data.market.tape import TapeBatch
from data.market.trade import Cursor, Trade
from utils.clock import Clock
from utils.errors import ServiceUnavailable
from utils.isolation import Isolation

log = logging.getLogger("truetape.collector")

OpenFeed = Callable[[Sequence[InstrumentId], FeedListener], ExchangeFeed]


class InstrumentsChanged(DataError):
    """An instrument started or stopped trading: the session must be built again."""


class IngestionSession(FeedListener):
    """Streams, writer, repairs and background work with the tapes claimed once."""

    def __init__(
        self,
        config: CollectorConfig,
        store: CollectorStore,
        rest: ExchangeRest,
        clock: Clock,
        status_tracker: CollectorStatusTracker,
    ) -> None:
        self.counters = status_tracker.counters
        self.full = False
        self._config = config
        self._store = store
        self._rest = rest
        self._clock = clock
        self._status_tracker = status_tracker
        self._directory = InstrumentDirectory(rest, store.instruments, config.ids)
        self._writer = StoreWriter(
            store, config.writer, clock, self._on_committed, status_tracker.stopwatch
        )
        # Outages of the store or the exchange affect all streams: the session is built again.
        self._isolation = Isolation(
            "stream",
            clock,
            status_tracker.failures,
            passing=(ServiceUnavailable, RepositoryError, TapeTaken),
        )
        self._backfill = BackfillService(config, store, rest, clock, status_tracker.failures)
        self._repairer = HoleRepairer(rest, config.repair, clock, self._writer.add_settled)
        self._streams: dict[InstrumentId, InstrumentStream] = {}
        self._repairing: set[InstrumentId] = set()
        self._inbox: defaultdict[InstrumentId, list[Trade]] = defaultdict(list)
        self._arrived = asyncio.Event()
        self._tasks = asyncio.TaskGroup()

    async def run(self, open_feed: OpenFeed) -> None:
        """Collect until cancelled. Raises InstrumentsChanged, feed and repository errors."""
        known = await self._directory.known()
        drain = False
        try:
            await self._open(known)
            drain = True
            await self._collect(open_feed)
        finally:
            await asyncio.shield(self._writer.close(drain=drain))

    async def _open(self, known: dict[InstrumentId, Instrument]) -> None:
        ends = await self._writer.open(self._config.ids)
        self._streams = await asyncio.to_thread(self._build, ends)
        for stream in self._streams.values():
            problem = refusal(stream.instrument, known)
            if is_delisted(stream.instrument, known):
                _delist(stream, problem)
            elif problem:
                log.error(
                    "instrument not collected",
                    extra={"instrument": str(stream.instrument), "problem": problem},
                )
                stream.fail(problem)
        self._writer.drain_from(stream.pipeline for stream in self._streams.values())
        self._status_tracker.derive_from(list(self._streams.values()))

    def _build(
        self, ends: dict[InstrumentId, Cursor | None]
    ) -> dict[InstrumentId, InstrumentStream]:
        resumer = FoldResumer(self._store.trades, self._store.candles, self._store.holes)
        streams = {}
        for instrument, end in ends.items():
            aggregator = CandleAggregator(instrument, self._config.timeframes)
            with self._isolation.attempt(str(instrument)) as attempt:
                aggregator = resumer.resume(instrument, self._config.timeframes, end)
            streams[instrument] = InstrumentStream(
                instrument, TapePipeline(instrument, end, aggregator)
            )
            if attempt.failed:
                streams[instrument].fail(attempt.problem)
        return streams

    async def _collect(self, open_feed: OpenFeed) -> None:
        healthy = [
            stream for stream in self._streams.values() if not stream.failed and not stream.delisted
        ]
        feed = open_feed([stream.instrument for stream in healthy], self)
        watchdog = StreamWatchdog(feed, self._rest, self._config.feed, self._clock, self._catch_up)
        async with self._tasks as tasks:
            tasks.create_task(self._writer.run())
            tasks.create_task(self._process_inbox())
            await self._begin_tapes(healthy)
            tasks.create_task(feed.run())
            tasks.create_task(watchdog.run(healthy))
            tasks.create_task(self._watch_instruments())
            tasks.create_task(self._backfill.run([stream.instrument for stream in healthy]))

    async def _begin_tapes(self, streams: Iterable[InstrumentStream]) -> None:
        """Start empty tapes with the trades that the exchange lists, not with received ones."""
        empty = [stream for stream in streams if stream.pipeline.last is None]
        with suppress(TimeoutError):
            async with asyncio.timeout(self._config.rest.timeout_s):
                await asyncio.gather(*(self._catch_up(stream) for stream in empty))

    def on_trades(self, instrument: InstrumentId, trades: Sequence[Trade]) -> None:
        # Processed by a task of its own: under load one pass handles the data of many frames.
        self._inbox[instrument] += trades
        self._arrived.set()

    async def _process_inbox(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            inbox, self._inbox = self._inbox, defaultdict(list)
            now = self._clock.now()
            for instrument, trades in inbox.items():
                stream = self._streams[instrument]
                self._status_tracker.stopwatch.record("received", trades)
                with self._isolated(stream):
                    self._writer.add_settled(stream.receive(trades, now))
                    if stream.pipeline.held:
                        self._repair(stream)
            self.full = self._writer.full

    def on_acknowledged(self, instrument: InstrumentId) -> None:
        stream = self._streams[instrument]
        stream.on_acknowledged()
        self._tasks.create_task(self._catch_up(stream))

    def on_lost(self, instrument: InstrumentId) -> None:
        self._streams[instrument].on_lost()

    def on_refused(self, instrument: InstrumentId, problem: str) -> None:
        self._streams[instrument].fail(problem)

    def on_connected(self) -> None:
        self._status_tracker.on_connected()

    def on_disconnected(self, problem: str, retry_at: datetime) -> None:
        self.counters.reconnects += 1
        self._status_tracker.on_disconnected(problem, retry_at)

    async def wait_for_capacity(self) -> None:
        await self._writer.wait_for_capacity()
        self.full = False

    def _on_committed(self, batches: Iterable[TapeBatch]) -> None:
        self._status_tracker.commits += 1
        for batch in batches:
            self._status_tracker.trades_committed += len(batch.trades)
            self._backfill.on_committed(batch)

    def _repair(self, stream: InstrumentStream) -> None:
        if stream.instrument not in self._repairing:
            self._repairing.add(stream.instrument)
            self._tasks.create_task(self._repair_until_whole(stream))

    async def _repair_until_whole(self, stream: InstrumentStream) -> None:
        try:
            with self._isolated(stream):
                await self._repairer.repair(stream.pipeline)
        finally:
            self._repairing.discard(stream.instrument)

    async def _catch_up(self, stream: InstrumentStream) -> None:
        """Add the trades that the exchange lists now; a later trade then shows a hole, if any."""
        try:
            listing = await self._rest.recent_trades(stream.instrument)
        except (TemporaryFeedError, PermanentFeedError) as error:
            facts = {"instrument": str(stream.instrument), "error": str(error)}
            log.info("recent trades not fetched", extra=facts)
            return
        with self._isolated(stream):
            self._writer.add_settled(stream.catch_up(listing))
            if stream.pipeline.held:
                self._repair(stream)

    @contextmanager
    def _isolated(self, stream: InstrumentStream) -> Iterator[None]:
        """Fail a stream alone when it raises: more trades might corrupt its tape."""
        with self._isolation.attempt(str(stream.instrument)) as attempt:
            yield
        if attempt.failed:
            stream.fail(attempt.problem)

    async def _watch_instruments(self) -> None:
        """Keep the stored instruments current; start again when one may trade again."""
        every_s = self._config.rest.instruments_every_s
        # One that failed at the start of the session is retried then, not at once in a loop.
        retry_at_s = self._clock.monotonic_s() + every_s
        while True:
            try:
                known = await self._directory.refresh()
            except (TemporaryFeedError, PermanentFeedError) as error:
                log.info("instruments not refreshed", extra={"error": str(error)})
            else:
                self._mark_delisted(known)
                if self._clock.monotonic_s() >= retry_at_s:
                    self._require_same(known)
            await self._clock.sleep(every_s)

    def _require_same(self, known: dict[InstrumentId, Instrument]) -> None:
        for name, stream in self._streams.items():
            if (stream.failed or stream.delisted) and not refusal(name, known):
                raise InstrumentsChanged(f"{name} can be collected now")

    def _mark_delisted(self, known: dict[InstrumentId, Instrument]) -> None:
        for name, stream in self._streams.items():
            if not stream.failed and not stream.delisted and is_delisted(name, known):
                _delist(stream, refusal(name, known))


def _delist(stream: InstrumentStream, problem: str) -> None:
    facts = {"instrument": str(stream.instrument), "problem": problem}
    log.warning("instrument delisted; its collection stopped", extra=facts)
    stream.delist(problem)
