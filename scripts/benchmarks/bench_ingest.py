"""Benchmark of the path of a trade from socket to committed row, against its limits, in one run.

Frames are built beforehand and sent by another process as fast as they are read. The limits:
decoding the same frames and nothing else; COPY of prebuilt text of the same trades into the same
table in transactions of the same size.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from data import Candle, Instrument, InstrumentId, InstrumentKind, InstrumentState, Timeframe, Trade
from data.collectors.config import CollectorConfig, Endpoint, RestRules
from data.collectors.factory import create_collector
from data.collectors.feed.protocol import TradesPushed
from data.collectors.okx.collector import OkxCollector
from data.collectors.okx.messages import OkxProtocol
from data.collectors.rest import ExchangeRest
from data.collectors.store import CollectorStore
from data.errors import TemporaryFeedError
from data.market.seals import trade_lines
from database import (
    Database,
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlHistoryRequestRepository,
    SqlHoleRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
    open_bus,
    open_database,
)
from database.engine import cursor_of
from database.table_copy import copy_trades_in
from scripts.benchmarks.bench_frames import SYMBOLS, frame_server, frames
from scripts.benchmarks.report import BenchRow, print_rows
from scripts.benchmarks.servers import scratch_database, servers
from utils.clock import Clock, SystemClock

EXCHANGE = "bench"
TIMEFRAMES = tuple(Timeframe)
TARGET_RATIO = 0.5
_BUSY = 0.85
_EXAMPLE = "Example: uv run scripts/benchmarks/bench_ingest.py --trades 200000 --json"

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class Cost:
    """The cost of some work; `cpu_s` is that of this process alone, all its threads."""

    trades: int
    wall_s: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Return trades per second of wall time."""
        return self.trades / self.wall_s

    @property
    def cpu_us(self) -> float:
        """Return microseconds of this process's CPU per trade."""
        return self.cpu_s / self.trades * 1e6


class UnavailableRest(ExchangeRest):
    """An exchange that answers no REST request: only the frames are measured."""

    async def time(self) -> datetime:
        raise TemporaryFeedError("not in this measurement")

    async def instruments(self, symbols: Iterable[str]) -> list[Instrument]:
        raise TemporaryFeedError(f"not in this measurement: {list(symbols)}")

    async def recent_trades(
        self, instrument: InstrumentId, limit: int | None = None
    ) -> list[Trade]:
        raise TemporaryFeedError(f"not in this measurement: {instrument}, {limit}")

    async def trades_before(self, instrument: InstrumentId, trade_id: int) -> list[Trade]:
        raise TemporaryFeedError(f"not in this measurement: {instrument}, {trade_id}")

    async def candles_before(
        self, instrument: InstrumentId, timeframe: Timeframe, time: datetime, limit: int
    ) -> list[Candle]:
        raise TemporaryFeedError(
            f"not in this measurement: {instrument} {timeframe} {time}, {limit}"
        )

    async def close(self) -> None:
        """Nothing is open."""


class BenchCollector(OkxCollector):
    """The real collector without REST."""

    @classmethod
    def open_rest(
        cls, exchange: str, endpoint: Endpoint, rules: RestRules, clock: Clock
    ) -> ExchangeRest:
        del exchange, endpoint, rules, clock
        return UnavailableRest()


def measure_ingest(count: int, store: CollectorStore, port: int) -> tuple[Cost, int]:
    """Collect all frames into the store; return the cost and the number of commits."""
    config = CollectorConfig(
        name="bench", exchange=EXCHANGE, instruments=SYMBOLS, timeframes=TIMEFRAMES, history_days=0
    )
    endpoint = Endpoint(rest_url=f"http://127.0.0.1:{port}", ws_url=f"ws://127.0.0.1:{port}")
    exchanges = {EXCHANGE: BenchCollector}
    collector = create_collector(config, endpoint, store, SystemClock(), exchanges)

    async def run() -> Cost:
        stop = asyncio.Event()
        running = asyncio.create_task(collector.run(stop))
        while not collector.status_tracker.counters.frames:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        # Counters, not events: the measured path must not do more for being measured.
        while (  # noqa: ASYNC110
            collector.status_tracker.trades_committed < count and not running.done()
        ):
            await asyncio.sleep(0.01)
        cost = Cost(count, time.perf_counter() - wall_s, time.process_time() - cpu_s)
        stop.set()
        await running
        return cost

    return asyncio.run(run()), collector.status_tracker.commits


def measure_decode(raw: Sequence[bytes]) -> tuple[Cost, list[Trade]]:
    """Decode the frames into trades and do nothing else."""
    protocol = OkxProtocol(EXCHANGE, "trades-all")
    trades: list[Trade] = []

    def work() -> None:
        for frame in raw:
            message = protocol.read(frame)
            if isinstance(message, TradesPushed):
                trades.extend(message.trades)

    return _timed(work, len(raw)), trades


def measure_copy(database: Database, trades: Sequence[Trade], batch: int) -> Cost:
    """COPY prebuilt text of the trades into the emptied table, a transaction per batch."""
    chunks = [
        trade_lines(trades[start : start + batch], 1) for start in range(0, len(trades), batch)
    ]
    with closing(database.private_connection("measuring COPY")) as connection:
        cursor = cursor_of(connection)
        cursor.execute("TRUNCATE trade")

        def work() -> None:
            for chunk in chunks:
                cursor.execute("BEGIN")
                copy_trades_in(cursor, "trade", chunk)
                cursor.execute("COMMIT")

        return _timed(work, len(trades))


def _timed(work: Callable[[], None], count: int) -> Cost:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    work()
    return Cost(count, time.perf_counter() - wall_s, time.process_time() - cpu_s)


@dataclass(frozen=True)
class Round:
    """All three measurements, one after the other."""

    ours: Cost
    decode: Cost
    copy: Cost
    batch: int


def run(count: int, rounds: int) -> list[Round]:
    """Measure several times: on a shared machine a single timing is not reliable."""
    with servers() as (server_url, redis_url):
        return [measure(count, server_url, redis_url) for _ in range(rounds)]


def measure(count: int, server_url: str, redis_url: str) -> Round:
    """Measure once, in a scratch database."""
    with scratch_database(server_url) as url:
        database, bus = open_database(url), open_bus(redis_url, prefix="truetape-bench")
        with closing(database), closing(bus):
            store = CollectorStore(
                instruments=SqlInstrumentRepository(database),
                trades=SqlTradeRepository(database),
                holes=SqlHoleRepository(database),
                candles=SqlCandleRepository(database),
                history_requests=SqlHistoryRequestRepository(database),
                statuses=SqlCollectorStatusRepository(database),
                bus=bus,
            )
            store.instruments.save(_instrument(symbol) for symbol in SYMBOLS)
            with frame_server(count) as port:
                ours, commits = measure_ingest(count, store, port)
            decode, trades = measure_decode(list(frames(count)))
            batch = max(1, count // commits)
            return Round(ours, decode, measure_copy(database, trades, batch), batch)


def rows(rounds: Sequence[Round]) -> list[BenchRow]:
    """Compare the whole path with its limits, each at its best."""
    ours, decode, copy = (
        max((getattr(each, name) for each in rounds), key=lambda cost: cost.per_s)
        for name in ("ours", "decode", "copy")
    )
    cpu, decode_cpu = (
        min(getattr(each, name).cpu_us for each in rounds) for name in ("ours", "decode")
    )
    slower, path = min(decode.per_s, copy.per_s), "socket to committed row"
    name = "COPY only" if copy.per_s < decode.per_s else "decode only"
    return [
        _row(path, "decode only", ours.per_s, decode.per_s),
        _row(path, f"COPY only ({rounds[0].batch:,} trades each)", ours.per_s, copy.per_s),
        _row(path, f"the slower limit ({name})", ours.per_s, slower, goal=TARGET_RATIO),
        _row("CPU of our process", "decode only", cpu, decode_cpu, "us/trade"),
        _row("CPU of our process", "the wall time", ours.cpu_us, 1e6 / ours.per_s, "us/trade"),
    ]


def bound(rounds: Sequence[Round]) -> str:
    """Describe what bounds the best round."""
    best = max((each.ours for each in rounds), key=lambda cost: cost.per_s)
    decode_us = min(each.decode.cpu_us for each in rounds)
    used = best.cpu_s / best.wall_s
    share = f"{decode_us / best.cpu_us:.0%} of it decoding"
    if used > _BUSY:
        return f"Bound by our own Python on one core ({best.cpu_us:.1f} us a trade, {share})."
    return (
        f"Our process computed {used:.0%} of the time ({best.cpu_us:.1f} us a trade, {share}) and "
        "waited the rest: for a core, which it shares with PostgreSQL, Redis, the sender and "
        "whatever else runs here, or for its own other thread."
    )


def _row(
    work: str,
    against: str,
    ours: float,
    peer: float,
    unit: str = "trades/s",
    goal: float | None = None,
) -> BenchRow:
    """Return a comparison; here a goal is the least ratio, for more trades are better."""
    ratio = ours / peer
    shown, holds = (None, None) if goal is None else (f">= {goal:g}", ratio >= goal)
    return BenchRow(
        work, against, round(ours, 2), round(peer, 2), unit, round(ratio, 3), shown, holds
    )


def _instrument(symbol: str) -> Instrument:
    return Instrument(
        id=InstrumentId(EXCHANGE, symbol),
        kind=InstrumentKind.SPOT,
        state=InstrumentState.LIVE,
        base=symbol.split("-")[0],
        quote="USDT",
        price_step=Decimal("0.1"),
        size_step=Decimal("0.001"),
        min_size=Decimal("0.001"),
    )


@app.command(epilog=_EXAMPLE)
def main(
    trades: Annotated[int, typer.Option(min=1_000, help="How many to send.")] = 200_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often to measure; the best counts.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows for a program.")] = False,
) -> None:
    """Print trades per second from socket to committed row, and what bounds them."""
    measured = run(trades, rounds)
    print_rows(rows(measured), as_json=as_json)
    if not as_json:
        typer.echo(bound(measured))


if __name__ == "__main__":
    app()
