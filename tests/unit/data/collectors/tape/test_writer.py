import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from data import CandleAggregator, Cursor, InstrumentId, TapeBatch, Timeframe, Trade
from data.collectors.config import WriterRules
from data.collectors.tape.pipeline import TapePipeline
from data.collectors.tape.writer import StoreWriter
from data.errors import RepositoryUnavailable, TapeTaken
from data.topics import CANDLES, TRADES, CandlesClosed, TapeAdvanced
from tests.builders import BTC, ETH, a_trade, at, ids_of, trades_at
from tests.fakes import InMemoryStore
from tests.fakes.bus import InMemoryBus
from tests.fakes.collectors import collector_store
from utils.clock import SystemClock
from utils.messaging import Bus, BusUnavailable, Interest, Topic


@dataclass
class Bench:
    """A writer over a store in memory, with its pipelines."""

    memory: InMemoryStore = field(default_factory=InMemoryStore)
    bus: Bus = field(default_factory=InMemoryBus)
    rules: WriterRules = field(default_factory=lambda: WriterRules(batch_age_s=0.01))
    committed: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        store = collector_store(self.memory, self.bus)
        self.writer = StoreWriter(store, self.rules, SystemClock(), self._on_committed)

    def _on_committed(self, batches: Sequence[TapeBatch]) -> None:
        self.committed.append([trade_id for batch in batches for trade_id in ids_of(batch.trades)])

    async def open(self, *instruments: InstrumentId) -> None:
        ends = await self.writer.open(instruments)
        self.pipelines = {
            name: TapePipeline(name, end, CandleAggregator(name, [Timeframe.M1]))
            for name, end in ends.items()
        }
        self.writer.drain_from(self.pipelines.values())

    def receive(self, *trades: Trade) -> None:
        for trade in trades:
            self.writer.add_settled(self.pipelines[trade.instrument].receive([trade]))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.writer.run())
        yield
        task.cancel()
        await asyncio.wait({task})

    async def until_committed(self, count: int) -> None:
        async with asyncio.timeout(20):
            while sum(map(len, self.committed)) < count:  # noqa: ASYNC110 - polls a fake's list
                await asyncio.sleep(0.001)

    def stored(self, instrument: InstrumentId = BTC) -> list[int]:
        return sorted(self.memory.tape(instrument).on_tape)


async def test_trades_of_many_instruments_are_committed_together() -> None:
    bench = Bench()
    await bench.open(BTC, ETH)
    async with bench.running():
        bench.receive(*trades_at(0, 1), a_trade(7, instrument=ETH))
        await bench.until_committed(3)
    assert bench.committed == [[1, 2, 7]]
    assert (bench.stored(BTC), bench.stored(ETH)) == ([1, 2], [7])
    await bench.writer.close(drain=True)


async def test_a_full_batch_is_committed_without_waiting_for_its_age() -> None:
    bench = Bench(rules=WriterRules(batch_age_s=60, batch_trades=3))
    await bench.open(BTC)
    async with bench.running():
        bench.receive(*trades_at(0, 1, 2))
        await bench.until_committed(3)
        bench.receive(a_trade(4, at_s=3))
        await asyncio.sleep(0.02)
    assert bench.committed == [[1, 2, 3]]
    await bench.writer.close(drain=False)


async def test_closing_commits_what_waits() -> None:
    bench = Bench()
    await bench.open(BTC)
    bench.receive(*trades_at(0, 1))
    await bench.writer.close(drain=True)
    assert bench.stored() == [1, 2]
    assert bench.memory.tape(BTC).writer is None


async def test_readers_wait_while_too_much_waits() -> None:
    bench = Bench(rules=WriterRules(batch_age_s=0.01, queue_trades=2))
    await bench.open(BTC)
    bench.receive(*trades_at(0))
    assert not bench.writer.full
    bench.receive(a_trade(2))
    assert bench.writer.full
    wait_for_capacity = asyncio.create_task(bench.writer.wait_for_capacity())
    await asyncio.sleep(0.02)
    assert not wait_for_capacity.done()
    async with bench.running():
        await asyncio.wait_for(wait_for_capacity, 5)
    assert bench.stored() == [1, 2]
    await bench.writer.close(drain=False)


async def test_a_failing_store_ends_the_writer_and_loses_nothing_it_accepted() -> None:
    bench = Bench()
    await bench.open(BTC)
    task = asyncio.create_task(bench.writer.run())
    bench.receive(*trades_at(0, 1))
    await bench.until_committed(2)
    bench.memory.available = False
    bench.receive(a_trade(3, at_s=2))
    with pytest.raises(RepositoryUnavailable):
        await asyncio.wait_for(task, 5)
    bench.memory.available = True
    bench.receive(a_trade(4, at_s=3))
    await bench.writer.close(drain=True)
    assert bench.stored() == [1, 2]


class SlowBus(InMemoryBus):
    """A bus that answers when it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.may_go_on = threading.Event(), threading.Event()

    def publish(self, topic: Topic[Any], key: str, value: Any) -> None:
        self.reached.set()
        self.may_go_on.wait(5)
        super().publish(topic, key, value)


async def test_what_was_taken_is_committed_though_its_taker_is_cancelled() -> None:
    bus = SlowBus()
    bench = Bench(bus=bus, rules=WriterRules(batch_trades=1))
    await bench.open(BTC)
    async with bench.running():
        bench.receive(a_trade(1))
        await asyncio.to_thread(bus.reached.wait, 5)
    async with bench.running():
        # The thread is still busy with the first one: this batch waits for it when the end comes.
        bench.receive(a_trade(2))
        await asyncio.sleep(0.02)
    bench.receive(a_trade(3))
    bus.may_go_on.set()
    await bench.writer.close(drain=True)
    assert bench.stored() == [1, 2, 3]


async def test_a_tape_that_is_being_written_cannot_be_claimed() -> None:
    first, second = Bench(), Bench()
    second.memory.tapes = first.memory.tapes
    await first.open(BTC)
    with pytest.raises(TapeTaken):
        await second.open(BTC)
    await second.writer.close(drain=False)
    await first.writer.close(drain=False)


async def test_every_commit_publishes_with_the_id_before_it() -> None:
    bus = InMemoryBus()
    bench = Bench(bus=bus, rules=WriterRules(batch_age_s=0, payload_trades=2))
    bench.memory.tape(BTC).end = Cursor(at(-1), 9)
    with bus.subscribe([Interest(TRADES), Interest(CANDLES)]) as subscription:
        await bench.open(BTC)
        async with bench.running():
            bench.receive(*trades_at(0, 1, 60, first_id=10))
            await bench.until_committed(3)
            bench.receive(a_trade(13, at_s=121))
            await bench.until_committed(4)
        await bench.writer.close(drain=False)
        messages = [message.value() for message in subscription.receive(1)]
    first, closed, second, closed_later = messages
    assert isinstance(first, TapeAdvanced)
    assert (first.previous_id, first.count, ids_of(first.trades)) == (9, 3, [11, 12])
    assert (first.first, first.last) == (Cursor(at(0), 10), Cursor(at(60), 12))
    assert isinstance(second, TapeAdvanced)
    assert (second.previous_id, second.count) == (12, 1)
    assert isinstance(closed, CandlesClosed)
    assert isinstance(closed_later, CandlesClosed)
    assert [c.open_time for c in (*closed.candles, *closed_later.candles)] == [at(0), at(60)]


class DeadBus(InMemoryBus):
    """A bus that is down, and counts who knocks."""

    attempts = 0

    def publish(self, topic: Topic[object], key: str, value: object) -> None:
        self.attempts += 1
        raise BusUnavailable(f"no bus for {topic.name} {key}: {type(value).__name__}")


async def test_a_dead_bus_costs_no_trade_and_is_left_alone_for_a_while() -> None:
    bus = DeadBus()
    bench = Bench(bus=bus)
    await bench.open(BTC)
    async with bench.running():
        for trade_id in (1, 2, 3):
            bench.receive(a_trade(trade_id))
            await bench.until_committed(trade_id)
    assert bench.stored() == [1, 2, 3]
    assert bus.attempts == 1
    await bench.writer.close(drain=False)
