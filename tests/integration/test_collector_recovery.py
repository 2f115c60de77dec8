"""A collector and its past: restarts, lost connections to the store, deferred holes, history."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import groupby

import pytest
from sqlalchemy import text

from data import (
    EPOCH,
    Candle,
    CandleAggregator,
    CandleSource,
    HoleState,
    InstrumentId,
    Timeframe,
    TimeSpan,
    merge_candles,
)
from data.collectors.config import RepairRules
from data.collectors.store import CollectorStore
from data.simulator import Limits, Simulator, SimulatorConfig
from data.simulator.faults import kinds
from data.status import CollectorState, StreamState, StreamStatus
from database import open_database
from database.migrate import migrate
from tests.integration.collection import (
    ALWAYS,
    SYMBOLS,
    TIMEFRAMES,
    Collection,
    a_collection,
    facts,
    hasty_config,
    sql_store,
)

pytestmark = pytest.mark.integration

SIMULATED = SimulatorConfig(
    speed=20, instruments=SYMBOLS, limits=Limits(idle_s=3.0, connects_per_s=30)
)


@pytest.fixture(scope="module")
def schema(database_url: str) -> str:
    migrate(database_url)
    return database_url


@pytest.fixture
def store(schema: str, redis_url: str, bus_prefix: str) -> Iterator[CollectorStore]:
    with sql_store(schema, redis_url, bus_prefix) as opened:
        yield opened


async def until(collection: Collection, state: CollectorState, *, within_s: float = 30) -> None:
    async with asyncio.timeout(within_s):
        while collection.collector.status().state is not state:  # noqa: ASYNC110 - polls a state
            await asyncio.sleep(0.02)


async def test_a_restart_goes_on_where_the_tape_ended(store: CollectorStore) -> None:
    async with Simulator(SIMULATED) as simulator:
        config = hasty_config("restart")
        for pause_s in (0.7, 0.0, 1.5):
            collection = a_collection(simulator, store, config)
            async with collection.running():
                await collection.until_stored()
                await asyncio.sleep(0.5)
            await asyncio.sleep(pause_s)
        await collection.require_ledger()
        assert len({candle.open_time for candle in collection.announced(*SERIES)}) > 1


SERIES = (InstrumentId("restart", "BTC-USDT"), Timeframe.M1)


async def test_losing_the_database_again_and_again_loses_no_trade(
    store: CollectorStore, schema: str
) -> None:
    async with Simulator(SIMULATED) as simulator:
        collection = a_collection(simulator, store, hasty_config("outage"))
        async with collection.running():
            await collection.until_stored()
            for _ in range(6):
                await asyncio.to_thread(_end_all_connections, schema)
                await asyncio.sleep(0.5)
            await collection.until_stored()
            await until(collection, CollectorState.LIVE)
        await collection.require_ledger()


def _end_all_connections(url: str) -> None:
    connection = open_database(url).private_connection("ending connections")
    try:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend'"
            )
        )
    finally:
        connection.close()


async def test_a_second_collector_waits_until_the_first_one_is_gone(store: CollectorStore) -> None:
    async with Simulator(SIMULATED) as simulator:
        config = hasty_config("twice")
        first, second = (a_collection(simulator, store, config) for _ in range(2))
        async with first.running():
            await first.until_stored()
            stop = asyncio.Event()
            waiting = asyncio.create_task(second.collector.run(stop))
            async with asyncio.timeout(30):
                while not second.collector.status().problem:  # noqa: ASYNC110 - polls a state
                    await asyncio.sleep(0.02)
            status = second.collector.status()
            assert status.state is CollectorState.STARTING
            assert "another process writes this tape" in status.problem
        await until(second, CollectorState.LIVE)
        await second.until_stored()
        stop.set()
        await waiting
        await second.require_ledger()


async def test_what_the_tape_did_not_wait_for_comes_late_and_candles_become_complete(
    store: CollectorStore,
) -> None:
    config = hasty_config("late", repair=RepairRules(hold_ids=40, reorder_grace_s=0, retry_s=0.1))
    async with Simulator(SIMULATED) as simulator:
        collection = a_collection(simulator, store, config)
        async with collection.running():
            await collection.until_stored()
        await collection.advance(minutes=10)
        collection = a_collection(simulator, store, config)
        async with collection.running():
            await collection.until_stored()
            async with asyncio.timeout(60):
                while not await asyncio.to_thread(_filled, collection):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            await asyncio.sleep(5)  # a minute of the market: the torn candles close, and more
        for instrument in config.ids:
            pages = store.trades.between(instrument, *ALWAYS)
            stored = sorted((t for page in pages for t in page), key=lambda t: t.trade_id)
            ledger = await collection.ledger(instrument, stored[0].trade_id, stored[-1].trade_id)
            assert [facts(trade) for trade in stored] == [facts(trade) for trade in ledger]
            fold = CandleAggregator(instrument, TIMEFRAMES)
            closed = [candle for trade in stored for candle in fold.add(trade)]
            for timeframe in (Timeframe.S1, Timeframe.M1):
                expected = [c for c in closed if c.timeframe is timeframe and c.complete]
                best = store.candles.best(instrument, timeframe, *ALWAYS)
                assert [c for c in best if c.source is CandleSource.TRADES] == expected


def _filled(collection: Collection) -> bool:
    holes = [hole for name in collection.config.ids for hole in collection.store.holes.of(name)]
    return bool(holes) and all(hole.state is HoleState.FILLED for hole in holes)


async def test_the_time_before_the_tape_comes_from_the_exchange(store: CollectorStore) -> None:
    frames = (Timeframe.M1, Timeframe.M5, Timeframe.H1, Timeframe.H6, Timeframe.D1)
    config = hasty_config("history", history_days=1, timeframes=frames, instruments=("BTC-USDT",))
    (instrument,) = config.ids
    simulated = SimulatorConfig(speed=1, instruments=SYMBOLS, limits=SIMULATED.limits)
    async with Simulator(simulated) as simulator:
        collection = a_collection(simulator, store, config)
        async with collection.running():
            await collection.until_stored()
            first_trade = store.trades.first_at_or_after(instrument, ALWAYS[0])
            assert first_trade is not None
            start = Timeframe.D1.floor(first_trade.time - timedelta(days=1))
            async with asyncio.timeout(60):
                for timeframe in frames:
                    whole = TimeSpan(start, timeframe.floor(first_trade.time))
                    while known(store, instrument, timeframe, whole) != [whole]:  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
        minutes = store.candles.best(instrument, Timeframe.M1, start, ALWAYS[1])
        recent = [
            c
            for c in minutes
            if first_trade.time - timedelta(hours=3) < c.open_time < first_trade.time
        ]
        assert numbers(recent) == await oracle(collection, instrument, recent)
        for timeframe in frames:
            end = timeframe.floor(first_trade.time)
            best = store.candles.best(instrument, timeframe, start, end)
            assert best[0].open_time == start
            assert all(c.source is CandleSource.EXCHANGE and c.complete for c in best)
            parts = [candle for candle in minutes if candle.open_time < end]
            groups = groupby(parts, key=lambda part: timeframe.floor(part.open_time))
            assert best == [merge_candles(group, timeframe) for _, group in groups]


def known(
    store: CollectorStore, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
) -> list[TimeSpan]:
    return store.candles.coverage(instrument, timeframe, span.start, span.end)


def numbers(candles: list[Candle]) -> list[tuple[object, ...]]:
    return [(c.open_time, c.open, c.high, c.low, c.close, c.volume) for c in candles]


async def oracle(
    collection: Collection, instrument: InstrumentId, candles: list[Candle]
) -> list[tuple[object, ...]]:
    """Return the exchange's own minutes over the same span, those with trades."""
    answer = await collection.get(
        "/sim/ledger",
        inst_id=instrument.symbol,
        bar="1m",
        from_ms=int(candles[0].open_time.timestamp() * 1000),
        to_ms=int(candles[-1].close_time.timestamp() * 1000),
    )
    rows = [candle["row"] for candle in answer.json()["candles"]]
    return [
        (EPOCH + timedelta(milliseconds=int(row[0])), *map(Decimal, row[1:6]))
        for row in rows
        if Decimal(row[5]) > 0
    ]


async def test_the_candle_in_which_the_tape_begins_gets_the_exchanges_version(
    store: CollectorStore,
) -> None:
    config = hasty_config("opinion")
    async with Simulator(SIMULATED) as simulator:
        collection = a_collection(simulator, store, config)
        async with collection.running():
            await collection.until_stored()
            async with asyncio.timeout(60):
                while not await asyncio.to_thread(_first_is_the_exchanges, collection):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
    for instrument in config.ids:
        first, *others = collection.announced(instrument, Timeframe.M1)
        assert not first.complete
        assert all(candle.complete for candle in others)
        (best, *_) = store.candles.best(instrument, Timeframe.M1, *ALWAYS)
        assert (best.open_time, best.source, best.complete) == (
            first.open_time, CandleSource.EXCHANGE, True,
        )  # fmt: skip
        assert best.volume > first.volume


def _first_is_the_exchanges(collection: Collection) -> bool:
    candles = collection.store.candles
    firsts = [candles.best(name, Timeframe.M1, *ALWAYS)[:1] for name in collection.config.ids]
    return all(first and first[0].source is CandleSource.EXCHANGE for first in firsts)


async def test_one_refused_instrument_does_not_stop_the_others(store: CollectorStore) -> None:
    config = hasty_config("refused", instruments=("BTC-USDT", "NO-SUCH"))
    async with Simulator(SIMULATED) as simulator:
        collection = a_collection(simulator, store, config)
        async with collection.running():
            await until(collection, CollectorState.DEGRADED)
            async with asyncio.timeout(30):
                while _streams(collection)["BTC-USDT"].state is not StreamState.LIVE:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            streams = _streams(collection)
    assert streams["BTC-USDT"].state is StreamState.LIVE
    assert streams["NO-SUCH"].state is StreamState.FAILED
    assert streams["NO-SUCH"].problem == "not listed by the exchange"


def _streams(collection: Collection) -> dict[str, StreamStatus]:
    return {stream.instrument.symbol: stream for stream in collection.collector.status().streams}


async def test_an_instrument_that_trades_again_is_collected_again(store: CollectorStore) -> None:
    async with Simulator(SIMULATED) as simulator:
        collection = a_collection(simulator, store, hasty_config("suspended"))
        suspended = kinds.InstrumentEvent(inst_id="ETH-USDT", change=kinds.ListingChange.SUSPEND)
        await collection.inject_faults([suspended])
        async with collection.running():
            await until(collection, CollectorState.DEGRADED)
            assert collection.collector.status().streams[1].state is StreamState.FAILED
            await collection.clear_faults()
            await until(collection, CollectorState.LIVE)
            await collection.until_stored()
        await collection.require_ledger()


async def test_a_delisted_instrument_is_named_and_its_neighbour_goes_on(
    store: CollectorStore,
) -> None:
    config = hasty_config("delisted")
    hasty = config.rest.model_copy(update={"instruments_every_s": 0.2})
    async with Simulator(SIMULATED) as simulator:
        collection = a_collection(simulator, store, config.model_copy(update={"rest": hasty}))
        async with collection.running():
            await until(collection, CollectorState.LIVE)
            gone = kinds.InstrumentEvent(inst_id="ETH-USDT", change=kinds.ListingChange.DELIST)
            await collection.inject_faults([gone])
            async with asyncio.timeout(30):
                while _streams(collection)["ETH-USDT"].state is not StreamState.DELISTED:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            await until(collection, CollectorState.LIVE)
            streams = _streams(collection)
    assert streams["BTC-USDT"].state is StreamState.LIVE
    assert streams["ETH-USDT"].problem == "state at the exchange: delisted"


async def test_an_exchange_that_cannot_be_reached_is_reported_and_tried_again(
    store: CollectorStore,
) -> None:
    async with Simulator(SIMULATED) as simulator:
        config, port = hasty_config("away"), simulator.port
        collection = a_collection(simulator, store, config)
    async with collection.running():
        await until(collection, CollectorState.DISCONNECTED)
        status = collection.collector.status()
        assert status.problem
        assert status.retry_at is not None
        again = SimulatorConfig(**{**_fields(SIMULATED), "port": port})
        async with Simulator(again) as simulator:
            await until(collection, CollectorState.LIVE)
            (saved,) = [s for s in store.statuses.all() if s.name == config.name]
            assert saved.exchange == "away"
            await asyncio.sleep(0.3)
            collection.simulator = simulator
            await collection.until_stored()
            await simulator_gone(collection)


def _fields(config: SimulatorConfig) -> dict[str, object]:
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


async def simulator_gone(collection: Collection) -> None:
    await collection.inject_faults([kinds.RefuseConnect(status=503), kinds.Disconnect(limit=1)])
    await until(collection, CollectorState.DISCONNECTED)
    assert collection.collector.status().reconnects > 0
