"""Printing TimescaleDB's settings as SQL."""

from typer.testing import CliRunner

from database.timescale import TIME_TABLES
from scripts.cli.app import app


def test_the_sql_is_printed_without_a_server() -> None:
    nothing_set = {"DATABASE_URL": None, "DATA_DIR": None}
    result = CliRunner().invoke(app, ["maintenance", "timescale", "--sql"], env=nothing_set)
    assert result.exit_code == 0
    statements = result.stdout.split(";\n")
    assert statements[0] == "CREATE EXTENSION IF NOT EXISTS timescaledb"
    for table in TIME_TABLES:
        assert any(f"create_hypertable('{table.name}'" in one for one in statements)
    assert statements.count("BEGIN") == statements.count("COMMIT") == len(TIME_TABLES)
