"""The `alembic` command: without a server's address, and `--sql`, which needs none."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from database import Database, open_database
from database.migrate import exclusive_transaction, migrate, revert, upgrade_to
from database.models import Base

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "database" / "migrations"
REVISIONS = [script.revision for script in ScriptDirectory(SCRIPTS).walk_revisions()][::-1]
STEPS = list(zip(["base", *REVISIONS], REVISIONS, strict=False))


def config(versions: Path | None = None) -> Config:
    """Return the project's configuration, or one with revisions of another folder."""
    made = Config(ROOT / "alembic.ini", output_buffer=io.StringIO())
    if versions is not None:
        made.set_main_option("version_locations", str(versions))
    return made


def printed(direction: str, revisions: str, versions: Path | None = None) -> str:
    """Return what `alembic upgrade A:B --sql` prints, or `downgrade`."""
    made = config(versions)
    getattr(command, direction)(made, revisions, sql=True)
    buffer = made.output_buffer
    assert isinstance(buffer, io.StringIO)
    return buffer.getvalue()


@pytest.fixture
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(ROOT / "tests")  # a folder without a .env


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    revert(database_url)
    database = open_database(database_url)
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    yield database
    database.close()


SCHEMA = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity,
           col_description(table_name::regclass, ordinal_position)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT tablename, indexname, indexdef, '', '', '', '' FROM pg_indexes
    WHERE schemaname = 'public'
    UNION ALL
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '', ''
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ORDER BY 1, 2, 3
"""


def schema(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text(SCHEMA))]


def run(connection: Connection, sql: str) -> None:
    """Run printed statements as `psql` would; theirs is the transaction."""
    connection.connection.driver_connection.cursor().execute(sql)  # type: ignore[union-attr]


@pytest.fixture
def session(database: Database) -> Iterator[Connection]:
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


@pytest.mark.usefixtures("no_address")
def test_printed_sql_of_each_revision_does_what_running_it_does(
    database: Database, session: Connection, database_url: str
) -> None:
    schemas = {"base": schema(session)}
    for _, revision in STEPS:
        with exclusive_transaction(database.engine, "migrating") as connection:
            upgrade_to(connection, revision)
        schemas[revision] = schema(session)
    revert(database_url)
    run(session, "DROP TABLE alembic_version")
    for before, revision in STEPS:
        run(session, printed("upgrade", f"{before}:{revision}"))
        assert schema(session) == schemas[revision]
        if before != "base":  # going down to there leaves alembic's own table
            run(session, printed("downgrade", f"{revision}:{before}"))
            assert schema(session) == schemas[before]
            run(session, printed("upgrade", f"{before}:{revision}"))
    assert compare_metadata(MigrationContext.configure(session), Base.metadata) == []
    for before, revision in reversed(STEPS):
        run(session, printed("downgrade", f"{revision}:{before}"))
        if before != "base":
            assert schema(session) == schemas[before]
    assert {row[0] for row in schema(session)} <= {"alembic_version"}


OLD_PROCESSES = """
    INSERT INTO process (name, reported_at, report, snapshot)
    VALUES ('proofs', '2025-01-06', '{"process": "proofs", "pid": 7}', NULL),
           ('upkeep', '2025-01-06', NULL, '{"process": "upkeep", "supervisor": "main"}'),
           ('bots', '2025-01-06', '{"process": "bots"}', NULL);
    INSERT INTO telemetry_series (latest_time, latest_value, subject, name)
    VALUES ('2025-01-06', 1, 'process:upkeep', 'uptime_s'),
           ('2025-01-06', 1, 'item:upkeep: pass backup', 'failing'),
           ('2025-01-06', 1, 'item:bots: bot upkeep', 'failing'),
           ('2025-01-06', 1, 'process:proofs', 'uptime_s');
    INSERT INTO alert_mute (made_at, until, rule, subject, by, reason)
    VALUES ('2025-01-06', '2025-01-07', 'backup-old', 'process:upkeep', 'ann', 'known')
"""
PROCESS_NAMES = """
    SELECT name, report::text, snapshot::text FROM process
    UNION ALL SELECT subject, name, '' FROM telemetry_series
    UNION ALL SELECT subject, rule, '' FROM alert_mute ORDER BY 1, 2
"""


@pytest.mark.usefixtures("no_address")
def test_printed_sql_renames_a_process_wherever_it_is_stored(
    database: Database, session: Connection
) -> None:
    with exclusive_transaction(database.engine, "migrating") as connection:
        upgrade_to(connection, "0015")
    run(session, OLD_PROCESSES)
    before = session.execute(text(PROCESS_NAMES)).all()
    run(session, printed("upgrade", "0015:0016"))
    assert [tuple(row) for row in session.execute(text(PROCESS_NAMES))] == [
        ("bots", '{"process": "bots"}', None),
        ("item:bots: bot upkeep", "failing", ""),
        ("item:maintenance: pass backup", "failing", ""),
        ("maintenance", None, '{"process": "maintenance", "supervisor": "main"}'),
        ("process:maintenance", "backup-old", ""),
        ("process:maintenance", "uptime_s", ""),
        ("process:verification", "uptime_s", ""),
        ("verification", '{"pid": 7, "process": "verification"}', None),
    ]
    run(session, printed("downgrade", "0016:0015"))
    assert session.execute(text(PROCESS_NAMES)).all() == before


@pytest.mark.usefixtures("no_address")
def test_the_sql_of_all_revisions_at_once_makes_the_tables_of_the_models(
    session: Connection, database_url: str
) -> None:
    run(session, printed("upgrade", "head"))
    migrate(database_url)
    assert compare_metadata(MigrationContext.configure(session), Base.metadata) == []


@pytest.mark.usefixtures("no_address")
@pytest.mark.parametrize("call", [("current",), ("upgrade", "head"), ("check",)])
def test_without_an_address_one_line_names_the_remedy(call: tuple[str, ...]) -> None:
    name, *revisions = call
    with pytest.raises(SystemExit) as ended:
        getattr(command, name)(config(), *revisions)
    assert ended.value.code == (
        "DATABASE_URL: must be set, as in DATABASE_URL=postgresql://user@host/name: "
        "alembic starts no server"
    )


@pytest.mark.usefixtures("no_address")
def test_a_server_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:secret@127.0.0.1:1/none")
    with pytest.raises(SystemExit, match=r"^running alembic: .*port 1 failed") as ended:
        command.current(config())
    assert "secret" not in str(ended.value.code)


READS_ROWS = """
from database.migrations.row_access import connection_for_rows

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection_for_rows(revision).exec_driver_sql("CREATE TABLE reached ()")


def downgrade() -> None:
    connection_for_rows(revision)
"""


@pytest.fixture
def reading_revision(tmp_path: Path) -> Path:
    (tmp_path / "0001_reads.py").write_text(READS_ROWS, encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("no_address")
@pytest.mark.parametrize(
    ("direction", "revisions"), [("upgrade", "head"), ("downgrade", "0001:base")]
)
def test_a_revision_that_reads_rows_cannot_be_printed_and_names_itself(
    reading_revision: Path, direction: str, revisions: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        printed(direction, revisions, reading_revision)
    assert ended.value.code == (
        "revision 0001: reads rows, so it cannot be printed: run it without --sql, on the database"
    )


def test_a_revision_that_reads_rows_runs_on_a_database(
    session: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch, reading_revision: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    command.upgrade(config(reading_revision), "head")
    assert session.scalar(text("SELECT to_regclass('reached')")) is not None
    run(session, "DROP TABLE reached, alembic_version")


def test_it_migrates_from_a_shell(database_url: str, database: Database) -> None:
    environment = {**os.environ, "DATABASE_URL": database_url}
    alembic = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(alembic, cwd=ROOT, env=environment, check=True)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
