"""A real collector between a simulated exchange and real servers, inside one event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import httpx

from data import Candle, CandleAggregator, HoleState, InstrumentId, Side, Timeframe, Trade
from data.collectors.base import BaseDataCollector
from data.collectors.config import (
    CollectorConfig,
    Endpoint,
    FeedRules,
    HistoryRules,
    RepairRules,
    RestRules,
)
from data.collectors.factory import create_collector
from data.collectors.okx.collector import OkxCollector
from data.collectors.store import CollectorStore
from data.simulator import Simulator
from data.simulator.faults.kinds import Fault
from database import (
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlHistoryRequestRepository,
    SqlHoleRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
    open_bus,
    open_database,
)
from utils.clock import Clock, SystemClock
from utils.codec import encode

SYMBOLS = ("BTC-USDT", "ETH-USDT")
TIMEFRAMES = (Timeframe.S1, Timeframe.M1, Timeframe.M5)

# A day of faults in seconds: timeouts are a tenth of those for the real exchange.
HASTY = {
    "feed": FeedRules(
        connects_per_s=20,
        heartbeat_s=0.6,
        pong_timeout_s=0.6,
        ack_timeout_s=0.8,
        backoff_first_s=0.05,
        backoff_cap_s=0.5,
        stable_after_s=1,
        penalty_s=0.2,
        handover_s=2,
        stale_after_s=0.8,
    ),
    "rest": RestRules(
        timeout_s=1,
        backoff_first_s=0.05,
        backoff_cap_s=0.3,
        rate_share=1,
        clock_samples=1,
        instruments_every_s=1,
    ),
    "repair": RepairRules(reorder_grace_s=0.05, retry_s=0.1),
    "history": HistoryRules(round_s=0.5, settle_s=0.2),
}


def hasty_config(exchange: str, **changes: object) -> CollectorConfig:
    """Return a configuration for a test, with some values changed."""
    given: dict[str, object] = {
        "name": f"collect-{exchange}",
        "exchange": exchange,
        "instruments": SYMBOLS,
        "timeframes": TIMEFRAMES,
        "history_days": 0,
        "warmup_days": 0,
        "telemetry_s": 0.2,
        **HASTY,
        **changes,
    }
    return CollectorConfig.model_validate(given)


@contextmanager
def sql_store(database_url: str, redis_url: str, prefix: str) -> Iterator[CollectorStore]:
    """Open a store over real servers."""
    database, bus = open_database(database_url), open_bus(redis_url, prefix=prefix)
    try:
        yield CollectorStore(
            instruments=SqlInstrumentRepository(database),
            trades=SqlTradeRepository(database),
            holes=SqlHoleRepository(database),
            candles=SqlCandleRepository(database),
            history_requests=SqlHistoryRequestRepository(database),
            statuses=SqlCollectorStatusRepository(database),
            bus=bus,
        )
    finally:
        bus.close()
        database.close()


@dataclass
class Collection:
    """A collector at work, its exchange, and what is stored."""

    config: CollectorConfig
    simulator: Simulator
    store: CollectorStore
    collector: BaseDataCollector

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the collector for the time of the block, then stop it as SIGTERM would."""
        stop = asyncio.Event()
        running = asyncio.create_task(self.collector.run(stop))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(running, 20)

    async def get(self, path: str, **query: object) -> httpx.Response:
        """Request the simulator's control API."""
        async with httpx.AsyncClient(base_url=self.simulator.rest_url, trust_env=False) as client:
            params = {name: str(value) for name, value in query.items()}
            return (await client.get(path, params=params, timeout=30)).raise_for_status()

    async def inject_faults(self, faults: Sequence[Fault]) -> None:
        """Start these faults."""
        await self._control("POST", encode(list(faults)))

    async def until_activated(self, faults: Sequence[Fault], *, within_s: float = 60) -> None:
        """Wait until each of these kinds of faults was activated at least once."""
        expected = {str(fault.__struct_config__.tag) for fault in faults}
        async with asyncio.timeout(within_s):
            while not expected <= await self._activated():  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def _activated(self) -> set[str]:
        log = await self.get("/sim/faults/log")
        return {activation["type"] for activation in log.json()}

    async def clear_faults(self) -> set[str]:
        """End every fault; return the types of those that were activated."""
        await self._control("DELETE", b"")
        return await self._activated()

    async def advance(self, *, minutes: int) -> None:
        """Advance the market's time, with all the trades in between."""
        await self._control("POST", encode({"jump_ms": minutes * 60_000}), "/sim/clock")

    async def _control(self, method: str, content: bytes, path: str = "/sim/faults") -> None:
        async with httpx.AsyncClient(base_url=self.simulator.rest_url, trust_env=False) as client:
            (await client.request(method, path, content=content)).raise_for_status()

    async def ledger(self, instrument: InstrumentId, first_id: int, last_id: int) -> list[Trade]:
        """Return the exchange's own record of these ids."""
        answer = await self.get(
            "/sim/ledger", inst_id=instrument.symbol, first_id=first_id, last_id=last_id
        )
        return [_trade(instrument, row) for row in answer.json()["matches"]]

    async def newest_id(self, instrument: InstrumentId) -> int:
        """Return the id of the exchange's newest match."""
        answer = await self.get("/sim/ledger", inst_id=instrument.symbol)
        return int(answer.json()["matches"][-1]["tradeId"])

    def tape(self, instrument: InstrumentId) -> list[Trade]:
        """Return the stored tape."""
        pages = self.store.trades.between(instrument, *ALWAYS, on_tape=True)
        return [trade for page in pages for trade in page]

    async def until_stored(self, *, within_s: float = 60) -> None:
        """Wait until the newest match of this moment is stored, of every instrument."""
        for instrument in self.config.ids:
            expected = await self.newest_id(instrument)
            async with asyncio.timeout(within_s):
                while not await asyncio.to_thread(self._reaches, instrument, expected):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)

    def _reaches(self, instrument: InstrumentId, trade_id: int) -> bool:
        end = self.store.trades.end(instrument)
        return end is not None and end.trade_id >= trade_id

    async def require_ledger(self) -> None:
        """Assert law 2: tape equals ledger, candles equal the fold, holes never existed."""
        for instrument in self.config.ids:
            tape = self.tape(instrument)
            ledger = await self.ledger(instrument, tape[0].trade_id, tape[-1].trade_id)
            stored, exchange_facts = (
                [facts(trade) for trade in tape],
                [facts(trade) for trade in ledger],
            )
            lost, surplus = set(exchange_facts) - set(stored), set(stored) - set(exchange_facts)
            assert stored == exchange_facts, (
                f"lost {sorted(lost)[:5]}, invented {sorted(surplus)[:5]}"
            )
            assert all(before.time <= behind.time for before, behind in pairwise(tape))
            assert {h.state for h in self.store.holes.of(instrument)} <= {HoleState.VERIFIED}
            fold = CandleAggregator(instrument, self.config.timeframes)
            closed = [candle for trade in tape for candle in fold.add(trade)]
            for timeframe in self.config.timeframes:
                expected = [candle for candle in closed if candle.timeframe is timeframe]
                assert self.announced(instrument, timeframe) == expected

    async def require_every_id_once(self) -> None:
        """Assert law 2 of merged trades: rows follow each other and add up to the ledger."""
        for instrument in self.config.ids:
            tape = self.tape(instrument)
            absent = {hole.ids.first: hole.ids.last for hole in self.store.holes.of(instrument)}
            for before, behind in pairwise(tape):
                last = absent.get(before.trade_id + 1, before.trade_id)
                assert behind.first_id == last + 1
            ledger = await self.ledger(instrument, tape[0].first_id, tape[-1].trade_id)
            single = {trade.trade_id: trade for trade in ledger}
            for row in tape:
                ids = range(row.first_id, row.trade_id + 1)
                assert row.size == sum(single[trade_id].size for trade_id in ids)
                assert {single[trade_id].price for trade_id in ids} == {row.price}

    def announced(self, instrument: InstrumentId, timeframe: Timeframe) -> list[Candle]:
        """Return all announced candles."""
        return self.store.candles.announced(instrument, timeframe, *ALWAYS)


ALWAYS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))


def a_collection(
    simulator: Simulator,
    store: CollectorStore,
    config: CollectorConfig,
    clock: Clock | None = None,
) -> Collection:
    """Build a collector of a simulated exchange."""
    endpoint = Endpoint(rest_url=simulator.rest_url, ws_url=simulator.ws_url)
    exchanges = {config.exchange: OkxCollector}
    collector = create_collector(config, endpoint, store, clock or SystemClock(), exchanges)
    return Collection(config, simulator, store, collector)


def facts(trade: Trade) -> tuple[object, ...]:
    """Return the exchange's values of a trade."""
    return (
        trade.trade_id, trade.price, trade.size, trade.side, trade.exchange_time,
        trade.exchange_source,
    )  # fmt: skip


def _trade(instrument: InstrumentId, row: dict[str, str]) -> Trade:
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(row["ts"]))
    return Trade(
        instrument=instrument,
        trade_id=int(row["tradeId"]),
        price=Decimal(row["px"]),
        size=Decimal(row["sz"]),
        side=Side(row["side"]),
        time=time,
        exchange_time=time,
        exchange_source=int(row["source"]),
    )
