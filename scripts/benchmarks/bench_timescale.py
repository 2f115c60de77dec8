"""Benchmark of the same trades in a plain table and in the columnstore, in one run."""

import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Connection, Engine, text

from config import load_settings
from database import open_database
from database.migrate import upgrade
from database.timescale import TIME_TABLES, activate_table
from database.timescale_info import read_timescale_info
from scripts.benchmarks.servers import scratch_database
from scripts.benchmarks.wasm_server import missing_wasm_requirement, wasm_server
from scripts.cli.exits import exit_on_error
from scripts.cli.options.standard import AsJson
from scripts.cli.tables import print_table
from utils.codec import encode
from utils.errors import ConfigError

INSTRUMENTS = 5
DAYS = 4
_PLAIN, _PACKED = "plain_trade", "packed_trade"
_EXAMPLE = "Example: uv run scripts/benchmarks/bench_timescale.py --trades 500000 --json"

# As on exchanges: prices move by ticks, sizes are skewed, several trades share a millisecond.
_FILL = """
    INSERT INTO {table} (time, trade_id, exchange_time, instrument_id, match_count, side,
                       exchange_source, price, size)
    SELECT at, n, at, instrument, 1, CASE WHEN random() < 0.5 THEN 1 ELSE -1 END, 0,
           60000 + 0.1 * sum(floor(3 * random()) - 1) OVER (PARTITION BY instrument ORDER BY n),
           round(cast(exp(4 * random()) / 1000 AS numeric), 5)
    FROM (SELECT n, 1 + n % CAST(:instruments AS int) AS instrument,
                 date_trunc('milliseconds', timestamptz '2026-01-01'
                     + n / 4 * (CAST(:days AS int) * interval '1 day' / (:rows / 4))) AS at
          FROM generate_series(1, CAST(:rows AS int)) AS n) AS row
"""
_QUERIES = {
    "one hour of one instrument": """
        SELECT count(*), sum(price * size) FROM {table} WHERE instrument_id = 2
        AND time >= '2026-01-02 07:00+00' AND time < '2026-01-02 08:00+00'""",
    "last trade of one instrument": """
        SELECT * FROM {table} WHERE instrument_id = 2 ORDER BY time DESC, trade_id DESC LIMIT 1""",
    "1m candles of one day": """
        SELECT date_trunc('minute', time), (array_agg(price ORDER BY time, trade_id))[1],
               max(price), min(price), (array_agg(price ORDER BY time DESC, trade_id DESC))[1],
               sum(size)
        FROM {table} WHERE instrument_id = 2
        AND time >= '2026-01-02' AND time < '2026-01-03' GROUP BY 1""",
    "sum over everything": "SELECT sum(price * size) FROM {table}",
}

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class StorageRow:
    """One comparison; `ratio` = packed / plain, so below 1 the columnstore is better."""

    what: str
    plain: float
    packed: float
    unit: str
    ratio: float


@app.command(epilog=_EXAMPLE)
def main(
    trades: Annotated[int, typer.Option(min=10_000, help="Rows in each table.")] = 200_000,
    repeats: Annotated[int, typer.Option(min=1, help="Of each query; the median counts.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Use the server of DATABASE_URL, which must offer TimescaleDB, else one in WebAssembly."""
    with (
        exit_on_error(),
        _server() as url,
        closing(open_database(url, pool_size=1)) as database,
    ):
        version = _prepare(database.engine, trades)
        with database.engine.connect() as connection:
            rows = list(_measure(connection, trades, repeats))
    if as_json:
        typer.echo(encode([asdict(row) for row in rows]).decode())
    else:
        print_table(_table(rows, f"{trades:,} trades, {version}"))


@contextmanager
def _server() -> Iterator[str]:
    outside = load_settings().database.url
    if outside is not None:
        with scratch_database(outside.reveal()) as url:
            yield url
    elif (missing := missing_wasm_requirement()) is not None:
        raise ConfigError("DATABASE_URL", problem=f"is not set, and {missing}")
    else:
        with wasm_server() as server:
            yield server.url


def _prepare(engine: Engine, trades: int) -> str:
    """Fill a plain table, and another that is packed; return the description of TimescaleDB."""
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
        # On some servers `trade` is a hypertable already: its copies are plain.
        connection.execute(text(f"CREATE TABLE {_PACKED} (LIKE trade INCLUDING ALL)"))
        connection.execute(text(f"CREATE TABLE {_PLAIN} (LIKE trade INCLUDING ALL)"))
        values = {"rows": trades, "instruments": INSTRUMENTS, "days": DAYS}
        connection.execute(text(_FILL.format(table=_PLAIN)), values)
        connection.execute(text(f"INSERT INTO {_PACKED} SELECT * FROM {_PLAIN}"))
    packed = replace(TIME_TABLES[0], name=_PACKED)
    activate_table(engine, packed, large_rows=trades)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SELECT compress_chunk(c) FROM show_chunks('{_PACKED}') AS c"))
        connection.execute(text("VACUUM ANALYZE"))
        return read_timescale_info(connection).describe()


def _measure(connection: Connection, trades: int, repeats: int) -> Iterator[StorageRow]:
    plain_bytes = connection.scalar(text(f"SELECT pg_total_relation_size('{_PLAIN}')")) or 0
    packed_bytes = connection.scalar(text(f"SELECT hypertable_size('{_PACKED}')")) or 0
    yield _row("bytes per trade", plain_bytes / trades, packed_bytes / trades, "bytes")
    for what, query in _QUERIES.items():
        plain, packed = (
            _median_ms(connection, query.format(table=table), repeats)
            for table in (_PLAIN, _PACKED)
        )
        yield _row(what, plain, packed, "ms")


def _median_ms(connection: Connection, query: str, repeats: int) -> float:
    taken = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        connection.execute(text(query)).all()
        taken.append((time.perf_counter() - start) * 1e3)
    return statistics.median(taken[1:])


def _row(what: str, plain: float, packed: float, unit: str) -> StorageRow:
    return StorageRow(what, plain, packed, unit, packed / plain)


def _table(rows: list[StorageRow], title: str) -> Table:
    table = Table("", "plain", "columnstore", "unit", "ratio", title=title)
    for row in rows:
        cells = (f"{row.plain:,.1f}", f"{row.packed:,.1f}", row.unit, f"{row.ratio:.2f}")
        table.add_row(row.what, *cells)
    return table


if __name__ == "__main__":
    app()
