"""Benchmark of the latency from the commit of a closing candle to the commit of its signals.

All instruments close at once, each in its own commit, as collectors do at a full minute. The
latency ends when a group's message is received, just after its commit: an upper bound. In every
other block of closes a user's strategy runs that never answers; blocks are short and compared by
the median of their p99s, so that other load on the machine affects both kinds alike.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from config import Settings, load_settings
from data import Candle, CandleSource, InstrumentId, Timeframe
from data.topics import CANDLES, CandlesClosed
from database import RedisBus, SqlCandleRepository, open_bus, open_database
from database.repositories.signal_requests import SqlRequestRepository
from database.repositories.signals import SqlSignalRepository
from scripts.benchmarks.report import BenchRow, compared, print_rows
from scripts.benchmarks.servers import scratch_database, servers
from scripts.cli.progress import bar
from scripts.composition.servers import with_servers
from scripts.services.strategies import serve
from strategies.requests import SignalRequest
from strategies.topics import SIGNALS
from utils.messaging import Interest, Subscription
from utils.supervision import ProcessSpec

EXCHANGE = "bench"
INSTRUMENTS = tuple(InstrumentId(EXCHANGE, f"COIN{number:02}-USDT") for number in range(20))
TIMEFRAME = Timeframe.M1
HISTORY = 3_000
START = datetime.fromisoformat("2025-01-06T00:00:00+00:00")
TARGET_MS = 250.0
TARGET_RATIO = 1.1
ENDLESS = "chart:endless"
_BLOCKS = 20
_TIMEOUT_S = 60.0
_EXAMPLE = "Example: uv run scripts/benchmarks/bench_signals.py --closes 200 --json"

STRATEGIES: tuple[tuple[str, dict[str, object]], ...] = (
    ("EmaCrossover", {"fast": 5, "slow": 20}),
    ("EmaCrossover", {"fast": 12, "slow": 26}),
    ("EmaCrossover", {"fast": 20, "slow": 50}),
    ("MacdCross", {}),
    ("RsiReversion", {}),
    ("RsiReversion", {"length": 7}),
    ("BollingerReversion", {}),
    ("DonchianBreakout", {}),
    ("DonchianBreakout", {"length": 55}),
    ("SupertrendFollower", {}),
)
ENDLESS_FILE = '''"""Never answers."""
from strategies import Directions, Strategy, StrategyFrame


class Endless(Strategy):
    def directions(self, frame: StrategyFrame) -> Directions:
        while True:
            pass
'''

Blocks = list[list[float]]
"""Latencies in ms, block by block."""

app = typer.Typer(add_completion=False)


class RandomMarket:
    """Candles of a random walk, closed minute by minute."""

    def __init__(self, candles: SqlCandleRepository, bus: RedisBus) -> None:
        self._candles = candles
        self._bus = bus
        self._rng = np.random.default_rng(1)
        self._price = dict.fromkeys(INSTRUMENTS, 10_000)
        self._minute = 0

    def fill(self, minutes: int) -> None:
        """Store history without publishing it."""
        for instrument in INSTRUMENTS:
            self._candles.save([self._candle(instrument, row) for row in range(minutes)])
        self._minute = minutes

    def close(self) -> dict[InstrumentId, float]:
        """Close a minute of every instrument; return when each candle was committed."""
        committed = {}
        for instrument in INSTRUMENTS:
            candle = self._candle(instrument, self._minute)
            self._candles.save([candle])
            committed[instrument] = time.perf_counter()
            message = CandlesClosed(instrument=instrument, candles=[candle])
            self._bus.publish(CANDLES, str(instrument), message)
        self._minute += 1
        return committed

    @property
    def closed_to(self) -> datetime:
        """Return when the newest candle closed."""
        return START + self._minute * TIMEFRAME.duration

    def _candle(self, instrument: InstrumentId, minute: int) -> Candle:
        before = self._price[instrument]
        price = self._price[instrument] = max(before + int(self._rng.integers(-30, 31)), 100)
        return Candle(
            instrument=instrument,
            timeframe=TIMEFRAME,
            open_time=START + minute * timedelta(minutes=1),
            open=Decimal(before),
            high=Decimal(max(before, price) + 5),
            low=Decimal(min(before, price) - 5),
            close=Decimal(price),
            volume=Decimal(7),
            trade_count=9,
            first_trade_id=minute * 10 + 1,
            last_trade_id=minute * 10 + 9,
            complete=True,
            source=CandleSource.TRADES,
        )


def requests() -> list[SignalRequest]:
    """Return requests for every strategy on every instrument."""
    return [
        SignalRequest(
            requester=f"chart:{instrument}:{number}",
            instrument=instrument,
            timeframe=TIMEFRAME,
            strategy=strategy,
            parameters=json.dumps(parameters),
        )
        for instrument in INSTRUMENTS
        for number, (strategy, parameters) in enumerate(STRATEGIES)
    ]


def endless() -> SignalRequest:
    """Return the request for the strategy that never answers."""
    return SignalRequest(
        requester=ENDLESS,
        instrument=INSTRUMENTS[0],
        timeframe=TIMEFRAME,
        strategy="Endless",
        allow_unverified=True,
    )


def latencies_ms(market: RandomMarket, subscription: Subscription) -> list[float]:
    """Close a minute; return the latency of each group but the endless one, in ms."""
    committed = market.close()
    expected = len(INSTRUMENTS) * len(STRATEGIES)
    found: list[float] = []
    until_s = time.perf_counter() + _TIMEOUT_S
    while len(found) < expected:
        if time.perf_counter() > until_s:
            raise TimeoutError(f"{expected - len(found)} of {expected} groups published nothing")
        for message in subscription.receive(1.0):
            now_s, advanced = time.perf_counter(), message.value()
            found += [
                (now_s - committed[advanced.instrument]) * 1e3
                for advance in advanced.advances
                if advance.evaluated_to == market.closed_to and advance.group.strategy != "Endless"
            ]
    return found


@contextmanager
def engine(settings: Settings) -> Iterator[None]:
    """Run an engine in its own process."""
    process = ProcessSpec(name="strategies", target=serve, args=(settings,)).launch()
    try:
        yield
    finally:
        process.kill()


def settings_in(folder: Path, database_url: str, redis_url: str) -> Settings:
    """Return settings of an engine that keeps everything in a folder."""
    (folder / "user").mkdir()
    (folder / "user" / "endless.py").write_text(ENDLESS_FILE)
    given = load_settings()
    folders = {"data_dir": folder, "strategies_dir": folder, "user_strategies_dir": folder / "user"}
    own = given.model_copy(
        update={
            "folders": given.folders.model_copy(update=folders),
            "redis": given.redis.model_copy(update={"prefix": f"bench-{folder.name.lower()}"}),
            "log": given.log.model_copy(update={"level": "ERROR"}),
        }
    )
    return with_servers(own, database_url=database_url, redis_url=redis_url)


def measure(closes: int, gap_s: float) -> tuple[Blocks, Blocks]:
    """Return the latencies of all groups by block, alone and beside the endless strategy."""
    with ExitStack() as stack:
        database_url, redis_url = stack.enter_context(servers())
        scratch = stack.enter_context(scratch_database(database_url))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = settings_in(folder, scratch, redis_url)
        database = open_database(scratch)
        stack.callback(database.close)
        bus = open_bus(redis_url, prefix=settings.redis.prefix)
        stack.callback(bus.close)
        market = RandomMarket(SqlCandleRepository(database), bus)
        market.fill(HISTORY)
        request_store, signals = SqlRequestRepository(database), SqlSignalRepository(database)
        request_store.put(requests())
        stack.enter_context(engine(settings))
        subscription = stack.enter_context(bus.subscribe([Interest(SIGNALS)]))
        _until_caught_up(signals, market)
        progress = stack.enter_context(bar("closing minutes"))
        alone: Blocks = []
        beside: Blocks = []
        for number in range(_BLOCKS):
            into: list[float] = []
            (alone, beside)[number % 2].append(into)
            request_store.put([endless()]) if number % 2 else request_store.withdraw([ENDLESS])
            time.sleep(4.0)
            for close in range(closes * 2 // _BLOCKS):
                into += latencies_ms(market, subscription)
                progress((number + close * _BLOCKS / (2 * closes)) / _BLOCKS)
                time.sleep(gap_s)
        return alone, beside


def _until_caught_up(signals: SqlSignalRepository, market: RandomMarket) -> None:
    until_s = time.perf_counter() + 3 * _TIMEOUT_S
    expected = len(INSTRUMENTS) * len(STRATEGIES)
    while sum(status.evaluated_to == market.closed_to for status in signals.groups()) < expected:
        if time.perf_counter() > until_s:
            raise TimeoutError("the engine does not catch up")
        time.sleep(0.5)


def rows_of(alone: Blocks, beside: Blocks) -> list[BenchRow]:
    """Return the measurement as rows."""
    groups = len(INSTRUMENTS) * len(STRATEGIES)
    closes = np.concatenate(alone)
    ours, peer = (
        float(np.median([np.percentile(block, 99) for block in blocks]))
        for blocks in (beside, alone)
    )
    return [
        *(
            compared(f"candle to signal, {groups} groups, p{percent}", "target",
                float(np.percentile(closes, percent)), TARGET_MS, "ms", 1.0)
            for percent in (50, 99)
        ),
        compared("p99 beside an endless strategy (median block)", "alone", ours, peer, "ms",
            TARGET_RATIO),
    ]  # fmt: skip


@app.command(epilog=_EXAMPLE)
def main(
    closes: Annotated[
        int, typer.Option(min=_BLOCKS, help="Minutes, alone and beside the endless one.")
    ] = 200,
    gap_s: Annotated[float, typer.Option(min=0.0, help="Seconds between two of them.")] = 0.5,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of rows instead.")] = False,
) -> None:
    """Measure 200 groups on 20 instruments that all close at once."""
    title = f"{closes:,} closes"
    print_rows(rows_of(*measure(closes, gap_s)), as_json=as_json, title=title)


if __name__ == "__main__":
    app()
