"""Measure the way of a trade from socket to committed row, beside its limits, in one run.

Frames are built beforehand and sent by another process as fast as they are read. The limits: to
decode the same frames and do nothing else; to COPY prebuilt text of the same trades into the same
table in transactions of the same size.
"""

import asyncio
import json
import multiprocessing
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Annotated

import psycopg2
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import make_url
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode

from config import load_settings
from data import Instrument, InstrumentId, InstrumentKind, InstrumentState, Timeframe, Trade
from data.collectors.config import CollectorConfig, Endpoint
from data.collectors.okx.collector import OkxCollector
from data.collectors.okx.messages import MessageReader, TradesPushed
from data.collectors.rest import ExchangeRest
from data.collectors.store import CollectorStore
from data.errors import TemporaryFeedError
from database import (
    Database,
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlHoleRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
    open_bus,
    open_database,
)
from database.copying import copy_trades_in, trade_lines
from database.embedded import embedded_servers
from database.migrate import migrate
from utils.clock import SystemClock

EXCHANGE = "bench"
SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP")
TIMEFRAMES = tuple(Timeframe)
GOAL = 0.5
FIRST_MS = 1_760_000_000_000
TRADES_PER_SECOND = 100
_WRITE_BYTES = 1 << 18
_EXAMPLE = "Example: uv run scripts/bench_ingest.py --trades 200000 --json"

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class Cost:
    """What a piece of work took; `cpu_s` of this process alone, all its threads."""

    trades: int
    wall_s: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Return trades per second of wall time."""
        return self.trades / self.wall_s

    @property
    def cpu_us(self) -> float:
        """Return microseconds of our CPU per trade."""
        return self.cpu_s / self.trades * 1e6


@dataclass(frozen=True)
class Row:
    """One comparison, as `--json` prints it."""

    work: str
    ours: float
    peer: float
    unit: str
    ratio: float
    goal: float | None
    holds: bool | None


class SilentRest(ExchangeRest):
    """An exchange that answers no question: the frames are all there is."""

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

    async def candles_before(self, instrument, timeframe, time, limit):  # type: ignore[no-untyped-def]
        raise TemporaryFeedError(
            f"not in this measurement: {instrument} {timeframe} {time} {limit}"
        )

    async def close(self) -> None:
        """Nothing is open."""


class BenchCollector(OkxCollector):
    """The real collector without REST."""

    def open_rest(self) -> ExchangeRest:
        return SilentRest()


def frames(count: int) -> Iterator[bytes]:
    """Yield the messages of `count` trades of `trades-all`, as the exchange writes them."""
    for index in range(count):
        symbol = SYMBOLS[index % len(SYMBOLS)]
        trade_id = 1_000_000 + index // len(SYMBOLS)
        ms = FIRST_MS + index * 1000 // TRADES_PER_SECOND // len(SYMBOLS)
        price, size = 70_000 + index % 997 / 10, 1 + index % 89
        side = "buy" if index % 3 else "sell"
        yield (
            f'{{"arg":{{"channel":"trades-all","instId":"{symbol}"}},"data":[{{"instId":"{symbol}",'
            f'"tradeId":"{trade_id}","px":"{price:.1f}","sz":"0.0{size}","side":"{side}",'
            f'"ts":"{ms}","source":"0"}}]}}'
        ).encode()


def serve_frames(count: int, pipe: Pipe) -> None:
    """Be the exchange: acknowledge every subscription, then send all frames."""
    asyncio.run(_serve_frames(count, pipe))


async def _serve_frames(count: int, pipe: Pipe) -> None:
    wire = bytearray()
    for frame in frames(count):
        wire += Frame(Opcode.TEXT, frame).serialize(mask=False)

    async def play(socket: ServerConnection) -> None:
        for arg in json.loads(await socket.recv())["args"]:
            await socket.send(json.dumps({"event": "subscribe", "arg": arg}))
        for start in range(0, len(wire), _WRITE_BYTES):
            socket.transport.write(bytes(wire[start : start + _WRITE_BYTES]))
            await socket.drain()
        async for _ in socket:
            await socket.send("pong")

    async with serve(play, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        pipe.send(next(iter(server.sockets)).getsockname()[1])
        await asyncio.to_thread(pipe.recv)


def measure_ingest(count: int, store: CollectorStore, port: int) -> tuple[Cost, int]:
    """Collect all frames into the store; return what it took and how many commits it made."""
    config = CollectorConfig(
        name="bench", exchange=EXCHANGE, instruments=SYMBOLS, timeframes=TIMEFRAMES, history_days=0
    )
    endpoint = Endpoint(rest_url=f"http://127.0.0.1:{port}", ws_url=f"ws://127.0.0.1:{port}")
    collector = BenchCollector(config, endpoint, store, SystemClock())

    async def run() -> Cost:
        stop = asyncio.Event()
        running = asyncio.create_task(collector.run(stop))
        while not collector.telemetry.counters.frames:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        # Counters, not events: the measured path must not do more for being measured.
        while (  # noqa: ASYNC110
            collector.telemetry.trades_committed < count and not running.done()
        ):
            await asyncio.sleep(0.01)
        cost = Cost(count, time.perf_counter() - wall_s, time.process_time() - cpu_s)
        stop.set()
        await running
        return cost

    return asyncio.run(run()), collector.telemetry.commits


def measure_decode(raw: Sequence[bytes]) -> tuple[Cost, list[Trade]]:
    """Decode the frames into trades and do nothing else."""
    reader = MessageReader(EXCHANGE)
    trades: list[Trade] = []

    def work() -> None:
        for frame in raw:
            message = reader.read(frame)
            if isinstance(message, TradesPushed):
                trades.extend(message.trades)

    return _timed(work, len(raw)), trades


def measure_copy(database: Database, trades: Sequence[Trade], batch: int) -> Cost:
    """COPY prebuilt text of the trades into the emptied table, a transaction per batch."""
    pieces = [
        trade_lines(trades[start : start + batch], 1) for start in range(0, len(trades), batch)
    ]
    with closing(database.private_connection("measuring COPY")) as connection:
        cursor = connection.cursor()
        cursor.execute("TRUNCATE trade")

        def work() -> None:
            for piece in pieces:
                cursor.execute("BEGIN")
                copy_trades_in(cursor, "trade", piece)
                cursor.execute("COMMIT")

        return _timed(work, len(trades))


def _timed(work: Callable[[], None], count: int) -> Cost:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    work()
    return Cost(count, time.perf_counter() - wall_s, time.process_time() - cpu_s)


@contextmanager
def scratch_database(server_url: str) -> Iterator[str]:
    """Yield the URL of a database of our own on a server, at head."""
    url = make_url(server_url)
    name = f"truetape_bench_{uuid.uuid4().hex[:8]}"
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
        try:
            scratch = url.set(database=name).render_as_string(hide_password=False)
            migrate(scratch)
            yield scratch
        finally:
            connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """Yield the URLs of DATABASE_URL and REDIS_URL, or of embedded servers."""
    settings = load_settings()
    if settings.database.url and settings.redis.url:
        yield settings.database.url.reveal(), settings.redis.url.reveal()
        return
    with tempfile.TemporaryDirectory() as folder, embedded_servers(Path(folder)) as embedded:
        yield embedded.database_url, embedded.redis_url


@contextmanager
def frame_server(count: int) -> Iterator[int]:
    """Yield the port of a process that sends the frames."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve_frames, args=(count, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()


def run(count: int) -> list[Row]:
    """Measure, and compare."""
    with servers() as (server_url, redis_url), scratch_database(server_url) as url:
        database, bus = open_database(url), open_bus(redis_url, prefix="truetape-bench")
        with closing(database), closing(bus):
            store = CollectorStore(
                instruments=SqlInstrumentRepository(database),
                trades=SqlTradeRepository(database),
                holes=SqlHoleRepository(database),
                candles=SqlCandleRepository(database),
                statuses=SqlCollectorStatusRepository(database),
                bus=bus,
            )
            store.instruments.save(_instrument(symbol) for symbol in SYMBOLS)
            with frame_server(count) as port:
                ours, commits = measure_ingest(count, store, port)
            decode, trades = measure_decode(list(frames(count)))
            copy = measure_copy(database, trades, max(1, count // commits))
    return rows(ours, decode, copy, count // commits)


def rows(ours: Cost, decode: Cost, copy: Cost, batch: int) -> list[Row]:
    """Compare the whole way with its limits."""
    slower = min(decode.per_s, copy.per_s)
    bound = "COPY" if copy.per_s < decode.per_s else "decode"
    return [
        _row("socket to committed row, beside decode only", ours.per_s, decode.per_s, "trades/s"),
        _row(
            f"socket to committed row, beside COPY only ({batch} trades each)",
            ours.per_s, copy.per_s, "trades/s",
        ),
        _row(f"beside the slower limit ({bound})", ours.per_s, slower, "trades/s", GOAL),
        _row("our CPU, beside decode only", ours.cpu_us, decode.cpu_us, "us/trade"),
        _row("our CPU, beside COPY only", ours.cpu_us, copy.cpu_us, "us/trade"),
        _row("our CPU, beside wall time", ours.cpu_s, ours.wall_s, "s"),
    ]  # fmt: skip


def _row(work: str, ours: float, peer: float, unit: str, goal: float | None = None) -> Row:
    ratio = ours / peer
    holds = None if goal is None else ratio >= goal
    return Row(work, round(ours, 2), round(peer, 2), unit, round(ratio, 3), goal, holds)


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
    as_json: Annotated[bool, typer.Option("--json", help="Print rows for a program.")] = False,
) -> None:
    """Print trades per second from socket to committed row, and what bounds them."""
    measured = run(trades)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in measured]))
        return
    table = Table("work", "ours", "peer", "unit", "ratio", "goal", "holds")
    for row in measured:
        goal = "" if row.goal is None else f">= {row.goal}"
        holds = "" if row.holds is None else ("yes" if row.holds else "no")
        table.add_row(
            row.work, f"{row.ours:,}", f"{row.peer:,}", row.unit, f"{row.ratio}", goal, holds
        )
    Console().print(table)


if __name__ == "__main__":
    app()
