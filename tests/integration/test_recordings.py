"""Real sessions of the exchange, played word for word to the real client."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from data import Instrument, InstrumentId, InstrumentKind, InstrumentState, Trade
from data.collectors.store import CollectorStore
from data.simulator import Simulator, SimulatorConfig
from data.simulator.faults import kinds
from database.migrate import migrate
from tests.integration.collection import ALWAYS, a_collection, hasty_config, sql_store

pytestmark = pytest.mark.integration


@pytest.fixture
def store(database_url: str, redis_url: str, bus_prefix: str) -> Iterator[CollectorStore]:
    migrate(database_url)
    with sql_store(database_url, redis_url, bus_prefix) as opened:
        yield opened


def recorded_trades(path: Path) -> dict[str, list[dict[str, str]]]:
    """Return the trades of a recording by instrument, read without our parser."""
    found: dict[str, list[dict[str, str]]] = {}
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        head, _, text = line.partition(": ")
        message = json.loads(text) if text and "<" not in head else {}
        if message.get("arg", {}).get("channel") == "trades" and "data" in message:
            for row in message["data"]:
                found.setdefault(row["instId"], []).append(row)
    return found


def an_instrument(name: InstrumentId) -> Instrument:
    return Instrument(
        id=name,
        kind=InstrumentKind.SPOT,
        state=InstrumentState.LIVE,
        base="A",
        quote="B",
        price_step=Decimal("0.0001"),
        size_step=Decimal("0.0001"),
        min_size=Decimal("0.0001"),
    )


def as_exchange_trade(trade: Trade) -> dict[str, object]:
    return {
        "instId": trade.instrument.symbol,
        "tradeId": str(trade.trade_id),
        "px": Decimal(trade.price),
        "sz": Decimal(trade.size),
        "side": str(trade.side),
        "ts": round(trade.exchange_time.timestamp() * 1000),
    }


def as_recorded(row: dict[str, str]) -> dict[str, object]:
    return {**row, "px": Decimal(row["px"]), "sz": Decimal(row["sz"]), "ts": int(row["ts"])}


@pytest.mark.parametrize(
    ("name", "count", "unhandled"),
    [
        ("okx_ws_public_2022-05-13", 74, {"books": 290, "tickers": 28}),
        ("okcoin_ws_public_2023-05-27", 4, {"candle1m": 12, "tickers": 8, "books": 6}),
    ],
)
async def test_a_real_session_is_collected_field_for_field(
    recordings: Path, store: CollectorStore, name: str, count: int, unhandled: dict[str, int]
) -> None:
    path = recordings / "okx" / f"{name}.raw.gz"
    recorded = recorded_trades(path)
    exchange = name.partition("_")[0]
    config = hasty_config(exchange, channel="trades", instruments=tuple(recorded))
    store.instruments.save([an_instrument(name) for name in config.ids])
    async with Simulator(SimulatorConfig(capture=path, speed=0)) as simulator:
        collection = a_collection(simulator, store, config)
        counters = collection.collector.status_tracker.counters
        # The simulator lists the recorded trades by REST, too: only the stream may deliver them.
        unavailable = kinds.RestDamage.UNAVAILABLE
        await collection.inject_faults(
            [kinds.RestFault(kind=unavailable, endpoint="/api/v5/market/")]
        )
        async with collection.running():
            async with asyncio.timeout(60):
                while collection.collector.status_tracker.trades_committed < count:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)
    for instrument in config.ids:
        stored = [t for page in store.trades.between(instrument, *ALWAYS) for t in page]
        assert [as_exchange_trade(trade) for trade in stored] == [
            as_recorded(row) for row in recorded[instrument.symbol]
        ]
    assert sum(map(len, recorded.values())) == count
    assert counters.undecodable == 0
    assert dict(counters.unhandled) == unhandled
