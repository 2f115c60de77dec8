"""The schema on a real PostgreSQL: from empty to head and back."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from data import EPOCH, InstrumentId
from data.errors import RepositoryError
from database import Database, SqlTradeRepository, open_database
from database.migrate import exclusive_transaction, migrate, revert, upgrade_to
from database.models import Base
from database.repositories.ledger import SqlLedgerRepository
from tests.builders import at

pytestmark = pytest.mark.integration

OURS = set(Base.metadata.tables)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    revert(database_url)
    database = open_database(database_url)
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_from_empty_to_head_to_base_to_head(database: Database, database_url: str) -> None:
    assert tables(database) == set()
    migrate(database_url)
    assert tables(database) == OURS
    revert(database_url)
    assert tables(database) == set()
    migrate(database_url)
    assert tables(database) == OURS


def test_migrating_again_changes_nothing(database: Database, database_url: str) -> None:
    migrate(database_url)
    with database.session("adding a row") as session:
        session.execute(text("INSERT INTO instrument (exchange, symbol) VALUES ('okx', 'X')"))
    migrate(database_url)
    with database.session("counting rows") as session:
        assert session.scalar(text("SELECT count(*) FROM instrument")) == 1


def test_rows_from_before_there_were_seals_are_marked_and_kept(
    database: Database, database_url: str
) -> None:
    with exclusive_transaction(database.engine, "playing an older version") as connection:
        upgrade_to(connection, "0013")
        connection.execute(text(OLD_ROWS))
    migrate(database_url)
    with database.session("reading") as session:
        rows = session.execute(text("SELECT symbol, sealed FROM instrument ORDER BY symbol"))
        assert [tuple(row) for row in rows] == [("NEW", True), ("OLD", False)]
    trades = SqlTradeRepository(database)
    old = InstrumentId("okx", "OLD")
    assert [row.on_tape for page in trades.rows(old, EPOCH, at(9)) for row in page] == [True]
    assert not trades.seals(old, EPOCH, at(9)).complete


OLD_ROWS = """
    INSERT INTO instrument (exchange, symbol) VALUES ('okx', 'OLD'), ('okx', 'NEW');
    INSERT INTO trade (time, trade_id, exchange_time, instrument_id, match_count, side,
                       exchange_source, price, size)
    SELECT '2025-01-06', 1, '2025-01-06', id, 1, 1, 0, 1.50, 2 FROM instrument WHERE symbol = 'OLD'
"""


def test_the_last_report_of_a_process_is_kept_under_its_new_names(
    database: Database, database_url: str
) -> None:
    report = """'{"pid": 7, "figures": {"signals": 5}}'"""
    with exclusive_transaction(database.engine, "playing an older version") as connection:
        upgrade_to(connection, "0014")
        columns = "(name, reported_at, stood_at, report)"
        values = f"('bots', '2025-01-06', '2025-01-07', {report})"
        connection.execute(text(f"INSERT INTO process {columns} VALUES {values}"))
    migrate(database_url)
    with database.session("reading") as session:
        found = session.execute(text("SELECT snapshot_at::date::text, report FROM process")).one()
    assert tuple(found) == ("2025-01-07", {"pid": 7, "metrics": {"signals": 5}})


def test_the_revisions_make_exactly_the_tables_of_the_models(
    database: Database, database_url: str
) -> None:
    migrate(database_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_tables_that_may_become_hypertables_have_the_time_in_every_unique_key(
    database: Database, database_url: str
) -> None:
    migrate(database_url)
    inspector = inspect(database.engine)
    for table, time in (("trade", "time"), ("candle", "open_time")):
        assert time in inspector.get_pk_constraint(table)["constrained_columns"]
        assert all(time in index["column_names"] for index in inspector.get_indexes(table))
        assert inspector.get_foreign_keys(table) == []
    for table in OURS:
        targets = {key["referred_table"] for key in inspector.get_foreign_keys(table)}
        assert not targets & {"trade", "candle"}


def test_several_starts_at_once_migrate_once(database: Database, database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for outcome in [pool.submit(migrate, database_url) for _ in range(4)]:
            outcome.result()
    assert tables(database) == OURS


def test_it_works_from_any_folder(database: Database, database_url: str, tmp_path: Path) -> None:
    script = "import sys; from database.migrate import migrate; migrate(sys.argv[1])"
    subprocess.run([sys.executable, "-c", script, database_url], cwd=tmp_path, check=True)
    assert tables(database) == OURS


_BEFORE_DAILY_MARKS = """
    INSERT INTO bot (name, created_at) SELECT name, '2025-01-01Z' FROM unnest(:bots) AS name;
    INSERT INTO bot_version (made_at, number, bot, actor, reason, config, changes)
    SELECT '2025-01-01Z', 1, name, 'ann', '',
           jsonb_build_object('timeframe', CASE name WHEN 'daily' THEN '1d' ELSE '1m' END), '[]'
    FROM unnest(:bots) AS name;
    INSERT INTO bot_account (session, bot, scales, state)
    SELECT 0, name, '{}', '{}' FROM unnest(:bots) AS name;
    INSERT INTO bot_equity (bot, time, equity, position_value)
    SELECT bot, time, 1000, 0 FROM (VALUES
        ('thinned', '2025-01-02Z'), ('thinned', '2025-01-03Z'), ('thinned', '2025-01-03 00:01Z'),
        ('thinned', '2025-01-03 00:02Z'), ('all', '2025-01-02Z'), ('all', '2025-01-03Z'),
        ('whole', '2025-01-02 00:01Z'), ('whole', '2025-01-02 00:02Z'),
        ('daily', '2025-01-02Z'), ('daily', '2025-01-03Z')
    ) AS mark (bot, time_text), LATERAL (SELECT time_text::timestamptz AS time) AS read
"""


def test_accounts_get_the_time_up_to_which_their_marks_were_thinned(
    database: Database, database_url: str
) -> None:
    with exclusive_transaction(database.engine, "making the schema of before") as connection:
        upgrade_to(connection, "0011")
        for statement in _BEFORE_DAILY_MARKS.split(";"):
            bots = {"bots": ["thinned", "all", "whole", "daily"]}
            connection.execute(text(statement), bots if ":bots" in statement else {})
    migrate(database_url)
    found = SqlLedgerRepository(database).daily_before(["thinned", "all", "whole", "daily"])
    assert found == {
        "thinned": datetime(2025, 1, 3, tzinfo=UTC),
        "all": datetime(2025, 1, 3, tzinfo=UTC),
    }


def test_a_schema_of_a_newer_version_is_left_alone(database: Database, database_url: str) -> None:
    migrate(database_url)
    with database.session("playing a newer version") as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RepositoryError, match=r"9999.*newer version"):
        migrate(database_url)
    with database.session("mending it") as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
