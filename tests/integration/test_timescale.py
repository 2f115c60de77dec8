"""Activating TimescaleDB on full tables: repeated, killed in the middle, and absent."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from database import Database, open_database
from database.migrate import revert, upgrade
from database.models import Base
from database.models.base import only_ours
from database.timescale import TIME_TABLES, activate, activation_sql
from database.timescale_info import TimescaleInfo, TimescaleState, read_timescale_info
from scripts.benchmarks.wasm_server import wasm_server

pytestmark = pytest.mark.timescale

# 200000 for the long variant: each start costs the server in WebAssembly seconds.
FULL_ROWS = int(os.environ.get("TRUETAPE_TIMESCALE_ROWS", "20000"))
NAMES = {table.name for table in TIME_TABLES}

# Prices and sizes walk; several trades share an instant.
FILL_TRADES = """
    INSERT INTO trade (time, trade_id, exchange_time, instrument_id, match_count, side,
                       exchange_source, price, size)
    SELECT time, n, time, 1 + n % 2, 1, CASE WHEN n % 3 = 0 THEN 1 ELSE -1 END, 0,
           60000 + (n * 7919 % 1000) / 10.0, (1 + n % 97) / 1000.0
    FROM (SELECT n, timestamptz '2026-01-01' + n / 3 * interval '1.5 s' AS time
          FROM generate_series(1, CAST(:rows AS int)) AS n) AS row
"""
FILL_CANDLES = """
    INSERT INTO candle (open_time, instrument_id, timeframe_s, source, complete, open, high, low,
                        close, volume, trade_count, first_trade_id, last_trade_id)
    SELECT timestamptz '2026-01-01' + n * interval '1 minute', 1, 60, 1, true, n, n + 2, n - 1,
           n + 1, 3, 2, 2 * n, 2 * n + 1
    FROM generate_series(1, CAST(:rows AS int)) AS n
"""
DIGEST = """
    SELECT (SELECT count(*) FROM trade), (SELECT count(*) FROM candle),
           (SELECT md5(string_agg(t::text, ';' ORDER BY instrument_id, time, trade_id))
            FROM trade AS t WHERE trade_id % 100 = 0),
           (SELECT md5(string_agg(c::text, ';' ORDER BY open_time)) FROM candle AS c)
"""


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = open_database(url, pool_size=1)
    yield database
    database.close()


def facts_of(database: Database) -> TimescaleInfo:
    with database.engine.connect() as connection:
        return read_timescale_info(connection)


def digest(database: Database) -> tuple[object, ...]:
    with database.engine.connect() as connection:
        return tuple(connection.execute(text(DIGEST)).one())


def run(database: Database, statement: str) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def fill(database: Database, trades: int, candles: int) -> tuple[object, ...]:
    with database.engine.begin() as connection:
        connection.execute(text(FILL_TRADES), {"rows": trades})
        connection.execute(text(FILL_CANDLES), {"rows": candles})
    return digest(database)


def pack_a_chunk(database: Database) -> None:
    run(database, "SELECT compress_chunk(chunk) FROM show_chunks('trade') AS chunk LIMIT 1")


@pytest.fixture
def plain(timescale_url: str) -> Iterator[Database]:
    """Yield our tables, empty and plain, in a database that has the extension."""
    revert(timescale_url)
    with opened(timescale_url) as database:
        upgrade(database.engine)
        yield database
        activate(database.engine)


def test_full_tables_become_hypertables_and_keep_every_row(plain: Database) -> None:
    before = fill(plain, trades=FULL_ROWS, candles=20_000)
    activate(plain.engine)
    facts = facts_of(plain)
    assert facts.hypertables == NAMES == facts.packing
    assert digest(plain) == before


def test_activating_again_changes_nothing(plain: Database) -> None:
    before = fill(plain, trades=1_000, candles=1_000)
    activate(plain.engine)
    facts = facts_of(plain)
    activate(plain.engine)
    assert facts_of(plain) == facts
    assert facts.state is TimescaleState.ACTIVE
    assert digest(plain) == before


def test_a_large_table_is_left_alone_until_requested(plain: Database) -> None:
    before = fill(plain, trades=1_001, candles=1_000)
    activate(plain.engine, large_rows=1_000)
    assert facts_of(plain).hypertables == {"candle"}
    activate(plain.engine, large_rows=2_000)
    assert facts_of(plain).hypertables == NAMES
    assert digest(plain) == before


def test_the_models_still_describe_the_tables(plain: Database) -> None:
    fill(plain, trades=1_000, candles=1_000)
    activate(plain.engine)
    pack_a_chunk(plain)
    with plain.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": only_ours,
            },
        )
        assert compare_metadata(context, Base.metadata) == []


def test_packed_chunks_are_read_written_and_described(plain: Database) -> None:
    before = fill(plain, trades=5_000, candles=1_000)
    activate(plain.engine)
    pack_a_chunk(plain)
    assert digest(plain) == before
    with plain.engine.begin() as connection:
        again = text(FILL_TRADES.rstrip() + " ON CONFLICT DO NOTHING")
        assert connection.execute(again, {"rows": 5_000}).rowcount == 0
    facts = facts_of(plain)
    trade = next(table for table in facts.tables if table.name == "trade")
    assert trade.packed_chunks == 1
    assert re.fullmatch(r"active \(\S+, licence timescale, \d+ chunks, \d+ % compressed\)",
                        facts.describe())  # fmt: skip


def test_the_printed_sql_does_what_activating_does(plain: Database) -> None:
    before = fill(plain, trades=1_000, candles=1_000)
    for statement in activation_sql().split(";\n")[:-1]:
        run(plain, statement)
    facts = facts_of(plain)
    assert facts.hypertables == NAMES == facts.packing
    assert digest(plain) == before
    activate(plain.engine)
    assert facts_of(plain) == facts


@pytest.mark.parametrize("column", ["price", "instrument_id", "time"])
def test_a_column_of_a_packed_table_is_renamed_with_its_rows(plain: Database, column: str) -> None:
    before = fill(plain, trades=3_000, candles=1_000)
    activate(plain.engine)
    pack_a_chunk(plain)
    rename = "ALTER TABLE trade RENAME COLUMN {} TO {}"
    with plain.engine.begin() as connection:
        connection.execute(text(rename.format(column, "renamed")))
        counted = "SELECT count(renamed), count(*) FROM trade"
        assert tuple(connection.execute(text(counted)).one()) == (3_000, 3_000)
        again = FILL_TRADES.replace(f"{column},", "renamed,", 1).replace(
            f"({column},", "(renamed,", 1
        )
        connection.execute(text(again.rstrip() + " ON CONFLICT DO NOTHING"), {"rows": 3_100})
    facts = facts_of(plain)
    assert facts.hypertables == NAMES == facts.packing
    assert facts.tables[1].packed_chunks == 1
    with plain.engine.begin() as connection:
        connection.execute(text("DELETE FROM trade WHERE trade_id > 3000"))
        connection.execute(text(rename.format("renamed", column)))
    assert digest(plain) == before
    pack_a_chunk(plain)


@pytest.mark.skipif(FULL_ROWS < 200_000, reason="TRUETAPE_TIMESCALE_ROWS=200000 runs it")
def test_a_crash_in_the_middle_leaves_plain_tables_and_the_next_start_goes_on(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    with wasm_server(folder) as server, opened(server.url) as database:
        run(database, "CREATE EXTENSION timescaledb")
        upgrade(database.engine)
        before = fill(database, trades=FULL_ROWS, candles=1_000)
        thread = threading.Thread(target=activate, args=(database.engine,))
        thread.start()
        thread.join(timeout=0.3)
        assert thread.is_alive(), "it was to be killed while it worked"
        server.kill()
        thread.join()
    with wasm_server(folder) as server, opened(server.url) as database:
        # This server does not load it at its start.
        assert facts_of(database).state is TimescaleState.NOT_LOADED
        assert digest(database) == before
        activate(database.engine)
        assert "not loaded" in facts_of(database).describe()
        run(database, "LOAD 'timescaledb'")
        assert facts_of(database).hypertables == set()
        activate(database.engine)
        assert facts_of(database).hypertables == NAMES
        assert digest(database) == before
