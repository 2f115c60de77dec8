"""A small world to run backtests in: random candles or trades in memory, and their engine."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from backtesting.config import BacktestConfig, read_config
from backtesting.data.loader import MAX_ROWS_IN_MEMORY
from backtesting.data.stored import MarketStore
from backtesting.run.engine import BacktestingEngine
from data import (
    Candle,
    CandleSource,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentState,
    Side,
    TapeBatch,
    Timeframe,
    Trade,
    aggregate,
    merge_candles,
)
from strategies.hosts.registry import StrategyRegistry
from tests.builders import START, an_instrument
from tests.fakes import (
    InMemoryCandleRepository,
    InMemoryHoleRepository,
    InMemoryInstrumentRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)

SWAP = Instrument(
    id=InstrumentId("okx", "BTC-USDT-SWAP"),
    kind=InstrumentKind.SWAP,
    state=InstrumentState.LIVE,
    base="BTC",
    quote="USDT",
    price_step=Decimal("0.1"),
    size_step=Decimal("0.01"),
    min_size=Decimal("0.01"),
    contract_value=Decimal("0.01"),
    contract_currency="BTC",
)
SPOT = an_instrument()


class World:
    """Stored market data of one instrument, and an engine over them."""

    def __init__(self, instrument: Instrument = SWAP) -> None:
        self.instrument = instrument
        self.store = InMemoryStore()
        self.market = MarketStore(
            instruments=InMemoryInstrumentRepository(self.store),
            candles=InMemoryCandleRepository(self.store),
            trades=InMemoryTradeRepository(self.store),
            holes=InMemoryHoleRepository(self.store),
        )
        self.market.instruments.save([instrument])

    def engine(
        self, registry: StrategyRegistry | None = None, max_rows_in_memory: int = MAX_ROWS_IN_MEMORY
    ) -> BacktestingEngine:
        """Return an engine over the stored data."""
        return BacktestingEngine(self.market, registry or StrategyRegistry(), max_rows_in_memory)

    def config(self, **changes: Any) -> BacktestConfig:
        """Return a configuration of this world: five days of EMA crossover on 5m candles."""
        values: dict[str, Any] = {
            "instrument": str(self.instrument.id),
            "timeframe": "5m",
            "start": START + timedelta(days=3),
            "end": START + timedelta(days=8),
            "strategy": "EmaCrossover",
            "sizing": {"rule": "equity_fraction", "amount": "0.9"},
        }
        return read_config(values | changes)

    def add_minutes(self, count: int, *, seed: int = 1, start: datetime = START) -> list[Candle]:
        """Store a random walk of one-minute candles, and the 5m, 1h and 1d candles they make."""
        minutes = random_minutes(self.instrument.id, count, seed, start)
        for timeframe in (Timeframe.M1, Timeframe.M5, Timeframe.H1, Timeframe.D1):
            self.market.candles.save(list(folded(minutes, timeframe)))
        return minutes

    def add_trades(self, count: int, *, seed: int = 1, apart_s: float = 7.0) -> list[Trade]:
        """Store a tape, and the candles it makes."""
        trades = random_trades(self.instrument.id, count, seed, apart_s)
        batch = TapeBatch(instrument=self.instrument.id, trades=trades)
        self.market.trades.import_tape(batch)
        timeframes = (Timeframe.M1, Timeframe.M5, Timeframe.H1)
        self.market.candles.save(aggregate(self.instrument.id, timeframes, trades))
        return trades


def random_minutes(name: InstrumentId, count: int, seed: int, start: datetime) -> list[Candle]:
    """Return a random walk in whole ticks of 0.1."""
    random, price, candles = Random(seed), 300_000, []
    for number in range(count):
        path = [price]
        for _ in range(4):
            path.append(max(path[-1] + random.randint(-150, 150), 1_000))
        candles.append(_candle(name, start + number * timedelta(minutes=1), path))
        price = path[-1] + random.choice((0, 0, 0, -40, 40))
    return candles


def _candle(name: InstrumentId, open_time: datetime, path: Sequence[int]) -> Candle:
    prices = [Decimal(price).scaleb(-1) for price in path]
    return Candle(
        instrument=name,
        timeframe=Timeframe.M1,
        open_time=open_time,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=Decimal(len(path)),
        trade_count=None,
        first_trade_id=None,
        last_trade_id=None,
        complete=True,
        source=CandleSource.EXCHANGE,
    )


def folded(minutes: Sequence[Candle], timeframe: Timeframe) -> list[Candle]:
    """Return the candles of a timeframe that minutes make, whole or not."""
    groups: dict[datetime, list[Candle]] = {}
    for minute in minutes:
        groups.setdefault(timeframe.floor(minute.open_time), []).append(minute)
    return [merge_candles(group, timeframe) for group in groups.values()]


def random_trades(name: InstrumentId, count: int, seed: int, apart_s: float) -> list[Trade]:
    """Return a tape of a random walk."""
    random, price, time, trades = Random(seed), 300_000, START, []
    for number in range(count):
        time += timedelta(microseconds=random.randint(1, int(2e6 * apart_s)))
        price = max(price + random.randint(-60, 60), 1_000)
        trades.append(
            Trade(
                instrument=name,
                trade_id=number + 1,
                price=Decimal(price).scaleb(-1),
                size=Decimal(random.randint(1, 500)).scaleb(-2),
                side=random.choice((Side.BUY, Side.SELL)),
                time=time,
                exchange_time=time,
            )
        )
    return trades
