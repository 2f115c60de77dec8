"""A second exchange through the whole collector: its folder, and its line in the registry."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from data import Candle, CandleAggregator, InstrumentId, Side, Timeframe, Trade
from data.collectors.config import CollectorConfig
from data.collectors.factory import EXCHANGES, Exchanges, create_collector
from data.collectors.manager import spread
from data.status import CollectorState, StreamState
from tests.builders import START, at
from tests.fakes import InMemoryStore
from tests.fakes.collectors import collector_store
from tests.fakes.second_exchange.collector import TinyCollector
from tests.fakes.second_exchange_server import TinyExchange, tiny_exchange
from utils.clock import SystemClock

WITH_TINY: Exchanges = {**EXCHANGES, "tiny": TinyCollector}
BTC = InstrumentId("tiny", "BTC/USD")
CONFIG = CollectorConfig.model_validate(
    {
        "name": "tiny-spot", "exchange": "tiny", "instruments": ["BTC/USD", "ETH/USD"],
        "timeframes": ["1s", "1m"], "history_days": 0, "warmup_days": 0, "telemetry_s": 0.01,
        "feed": {"connects_per_s": 1000, "backoff_first_s": 0.01, "backoff_cap_s": 0.02},
        "rest": {"rate_share": 1, "clock_samples": 1},
        "repair": {"reorder_grace_s": 0, "retry_s": 0.01},
        "writer": {"batch_age_s": 0},
    }
)  # fmt: skip


@dataclass
class Collecting:
    """A running collector, its exchange and its store."""

    exchange: TinyExchange
    collector: TinyCollector
    memory: InMemoryStore

    def tape(self, instrument: InstrumentId = BTC) -> list[Trade]:
        return list(self.memory.tape(instrument).on_tape.values())

    def candles(self, timeframe: Timeframe) -> list[Candle]:
        return collector_store(self.memory).candles.announced(BTC, timeframe, START, at(3600))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():  # noqa: ASYNC110 - polls counters
                await asyncio.sleep(0.002)

    async def until_stored(self, count: int, instrument: InstrumentId = BTC) -> None:
        await self.until(lambda: len(self.tape(instrument)) >= count)


@asynccontextmanager
async def collecting(*, deals: int = 0) -> AsyncIterator[Collecting]:
    """Collect from an exchange that made some deals before."""
    async with tiny_exchange() as exchange:
        for second in range(deals):
            await exchange.trade("BTC/USD", "100", at_s=second)
        memory = InMemoryStore()
        (config,) = spread([CONFIG], WITH_TINY)
        store, clock = collector_store(memory), SystemClock()
        collector = create_collector(config, exchange.endpoint, store, clock, WITH_TINY)
        assert isinstance(collector, TinyCollector)
        stop = asyncio.Event()
        running = asyncio.create_task(collector.run(stop))
        now = Collecting(exchange, collector, memory)
        try:
            await now.until(lambda: exchange.joined == {"BTC/USD", "ETH/USD"})
            yield now
        finally:
            stop.set()
            await asyncio.wait_for(running, 20)


async def test_deals_become_a_tape_and_candles() -> None:
    async with collecting() as now:
        for second, (price, maker) in enumerate(
            [("100", "sell"), ("101.5", "buy"), ("99", "sell")]
        ):
            await now.exchange.trade("BTC/USD", price, at_s=30 * second, maker=maker)
        await now.exchange.trade("ETH/USD", "7", at_s=1)
        await now.until_stored(3)
        await now.until_stored(1, InstrumentId("tiny", "ETH/USD"))
    tape = now.tape()
    assert [(trade.trade_id, str(trade.price), trade.time) for trade in tape] == [
        (5_000_001, "100", at(0)), (5_000_002, "101.5", at(30)), (5_000_003, "99", at(60)),
    ]  # fmt: skip
    assert [trade.side for trade in tape] == [Side.BUY, Side.SELL, Side.BUY]
    (minute,) = now.candles(Timeframe.M1)
    assert (minute.open_time, str(minute.high), minute.trade_count) == (START, "101.5", 2)
    instrument = now.memory.instruments[BTC]
    assert (instrument.base, instrument.quote, str(instrument.size_step)) == ("BTC", "USD", "0.1")


async def test_a_deal_that_the_stream_lost_is_requested() -> None:
    async with collecting(deals=2) as now:
        for second in range(2, 12):
            await now.exchange.trade("BTC/USD", "100", at_s=second, lost=second < 11)
        await now.until_stored(12)
    assert list(collector_store(now.memory).holes.of(BTC)) == []
    before = [path for path in now.exchange.requests if "before=T-" in path]
    assert before, "older than the newest page, so requested by id"


async def test_after_a_disconnection_the_tape_goes_on_without_a_gap() -> None:
    async with collecting(deals=3) as now:
        now.exchange.disconnect()
        for second in range(3, 9):
            await now.exchange.trade("BTC/USD", "100", at_s=second)
        await now.until(lambda: now.exchange.joined == {"BTC/USD", "ETH/USD"})
        await now.exchange.trade("BTC/USD", "100", at_s=9)
        await now.until_stored(10)
    assert now.exchange.connections == 2
    assert now.collector.status_tracker.counters.reconnects == 1
    fold = CandleAggregator(BTC, [Timeframe.S1])
    expected = [candle for trade in now.tape() for candle in fold.add(trade)]
    assert now.candles(Timeframe.S1) == expected


async def test_pings_of_the_exchange_are_answered() -> None:
    async with collecting() as now:
        await now.until(lambda: now.exchange.pongs >= 6)
        status = now.collector.status()
    assert (now.exchange.unanswered, now.exchange.connections) == (0, 1)
    assert {stream.state for stream in status.streams} == {StreamState.ACKED}
    assert now.collector.status().state is CollectorState.STOPPED
