"""Store, then publish: one thread per process commits what the pipelines have settled.

The latency of trades is measured on the way: exchange -> received -> committed -> published.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from data.collectors.config import WriterRules
from data.collectors.store import CollectorStore
from data.collectors.tape.commit_publisher import CommitPublisher
from data.collectors.tape.pipeline import TapePipeline
from data.market.instrument import InstrumentId
from data.market.tape import TapeBatch
from data.market.trade import Cursor, Trade
from data.ports import TapeWriter
from utils.clock import Clock
from utils.telemetry.meters import Meters

T = TypeVar("T")


class Stopwatch:
    """Latencies since the exchange's time; `offset_ms` is its clock's offset from this one."""

    def __init__(self, clock: Clock) -> None:
        self.meters = Meters()
        self.offset_ms = 0.0
        self._clock = clock

    def record(self, stage: str, trades: Sequence[Trade]) -> None:
        """Record that trades passed a stage now, by the newest of them."""
        if trades:
            late_ms = 1_000 * (self._clock.now() - trades[-1].exchange_time).total_seconds()
            self.meters.time(stage, max(0.0, late_ms + self.offset_ms))


class StoreWriter:
    """Commits batches by size or age; while one commit runs, the next batch accumulates.

    The event loop owns the pipelines; only the thread uses the tape writer and publishes.
    When too much waits, `full` is true and readers await `wait_for_capacity`: nothing is lost.
    After an error `run` raises it and this writer is unusable.
    """

    def __init__(
        self,
        store: CollectorStore,
        rules: WriterRules,
        clock: Clock,
        on_committed: Callable[[Sequence[TapeBatch]], None],
        stopwatch: Stopwatch | None = None,
    ) -> None:
        self._stopwatch = stopwatch or Stopwatch(clock)
        self._stopwatch.meters.watch("queue_tape_writer", lambda: self._waiting + self._committing)
        self._store = store
        self._rules = rules
        self._on_committed = on_committed
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tape-writer")
        self._tape: TapeWriter | None = None
        self._failed = False
        self._publisher = CommitPublisher(store.bus, rules, clock)
        self._pipelines: list[TapePipeline] = []
        self._waiting = 0
        self._committing = 0
        self._some = asyncio.Event()
        self._many = asyncio.Event()
        self._capacity = asyncio.Event()

    @property
    def full(self) -> bool:
        """Return whether sockets should not be read now."""
        return self._waiting + self._committing >= self._rules.queue_trades

    async def wait_for_capacity(self) -> None:
        """Wait until more trades are accepted."""
        while self.full:
            self._capacity.clear()
            await self._capacity.wait()

    async def open(self, instruments: Sequence[InstrumentId]) -> dict[InstrumentId, Cursor | None]:
        """Claim the tapes and return their ends. Raises TapeTaken and repository errors."""
        return await self._in_thread(lambda: self._open(instruments))

    def drain_from(self, pipelines: Iterable[TapePipeline]) -> None:
        """Commit from these pipelines from now on."""
        self._pipelines = list(pipelines)

    def add_settled(self, count: int) -> None:
        """Record that a pipeline has `count` more trades to commit."""
        self._waiting += count
        if count and not self._some.is_set():
            self._some.set()
        if self._waiting >= self._rules.batch_trades:
            self._many.set()

    async def run(self) -> None:
        """Commit until cancelled. Raises repository errors."""
        while True:
            await self._some.wait()
            if self._waiting < self._rules.batch_trades:
                await self._gather()
            await self._commit_waiting()

    async def close(self, *, drain: bool) -> None:
        """Commit what waits if `drain`, then release the tapes."""
        try:
            if drain:
                await self._commit_waiting()
        finally:
            await self._in_thread(self._close)
            self._thread.shutdown(wait=False)

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(self._rules.batch_age_s):
                await self._many.wait()
        except TimeoutError:
            pass

    async def _commit_waiting(self) -> None:
        batches = [batch for pipeline in self._pipelines if (batch := pipeline.take())]
        self._committing, self._waiting = self._waiting, 0
        self._some.clear()
        self._many.clear()
        if batches:
            await self._in_thread(lambda: self._commit(batches))
            self._on_committed(batches)
        self._committing = 0
        self._capacity.set()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        # Shielded: a call that waits for the thread would be cancelled with its caller, and a batch
        # that exists nowhere else be lost, while the next one is committed after it.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, call))

    def _open(self, instruments: Sequence[InstrumentId]) -> dict[InstrumentId, Cursor | None]:
        self._tape = self._store.trades.open_writer()
        self._tape.claim(instruments)
        ends = {instrument: self._tape.end(instrument) for instrument in instruments}
        self._publisher.start_from(ends)
        return ends

    def _commit(self, batches: Sequence[TapeBatch]) -> None:
        assert self._tape is not None, "open the writer first"
        if self._failed:
            return
        self._failed = True
        self._tape.commit(batches)
        self._failed = False
        self._record("committed", batches)
        self._publisher.publish(batches)
        self._record("published", batches)

    def _record(self, stage: str, batches: Sequence[TapeBatch]) -> None:
        for batch in batches:
            self._stopwatch.record(stage, batch.trades)

    def _close(self) -> None:
        if self._tape is not None:
            self._tape.close()
