"""Backups: written, restored, and compared table by table."""

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, DateTime, Engine, Float, Integer, Numeric, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZMULTIRANGE

from database import open_database
from database.migrate import migrate, revert
from database.models import Base
from database.models.base import JsonText
from tests.builders import START
from tests.integration.commands import CommandLine

ROWS = 3
TABLES = Base.metadata.sorted_tables


def some_json(number: int) -> str:
    """Return an object whose text needs escapes."""
    return json.dumps({"number": number, "words": 'a\\b\t"c"\n'})


MADE: tuple[tuple[type[Any], Callable[[int], object]], ...] = (
    (Boolean, lambda number: number % 2 == 0),
    (DateTime, lambda number: START + timedelta(days=number, microseconds=number)),
    (Integer, int),
    (Float, float),
    (Numeric, lambda number: Decimal(f"{number}.1000000001")),
    (ARRAY, lambda number: [f"tag {number}", "{,}"]),
    (JSONB, some_json),
    (JsonText, some_json),
    (TSTZMULTIRANGE, lambda number: f"{{[2026-01-0{number}, 2026-02-01)}}"),
    (object, lambda number: f"w{number}"),
)


def a_value(column: Column[Any], number: int) -> object:
    """Return what may stand in a column, another for each number, awkward where it can be."""
    if column.nullable and number % 2:
        return None
    return next(make(number) for kind, make in MADE if isinstance(column.type, kind))


def fill(engine: Engine) -> None:
    """Put rows into every table there is, also into those that are added to the models later."""
    with engine.begin() as connection:
        for table in TABLES:
            given = [column for column in table.columns if not column.identity]
            names = ", ".join(column.name for column in given)
            values = ", ".join(
                f"CAST(:{column.name} AS {column.type.compile(engine.dialect)})" for column in given
            )
            statement = text(f"INSERT INTO {table.name} ({names}) VALUES ({values})")
            for number in range(1, ROWS + 1):
                row = {column.name: a_value(column, number) for column in given}
                if table.name == "instrument":
                    facts = dict.fromkeys(row, None)
                    kept = {name: row[name] for name in ("exchange", "symbol", "sealed")}
                    row = {**facts, **kept}
                connection.execute(statement, row)


def content(engine: Engine) -> dict[str, list[str]]:
    """Return every row of every table, as text."""
    with engine.connect() as connection:
        return {
            table.name: sorted(connection.scalars(text(f"SELECT t::text FROM {table.name} AS t")))
            for table in TABLES
        }


def erase(engine: Engine, url: str) -> None:
    engine.dispose()
    revert(url)
    migrate(url)


@pytest.fixture
def line(database_url: str) -> Iterator[CommandLine]:
    """Yield a command line on a database with rows in every table."""
    revert(database_url)
    line = CommandLine(database_url)
    fill(line.database.engine)
    yield line
    line.database.close()


@pytest.mark.integration
def test_what_is_restored_is_what_was_backed_up_in_every_table(
    line: CommandLine, tmp_path: Path
) -> None:
    file, before = tmp_path / "all.zip", content(line.database.engine)
    assert all(len(rows) == ROWS for rows in before.values())
    made = line("maintenance backup", file, "--json")
    assert made.code == 0, made
    assert file.stat().st_mode & 0o777 == 0o600
    assert {table["name"]: table["rows"] for table in made.report["tables"]} == dict.fromkeys(
        before, ROWS
    )
    erase(line.database.engine, line.url)
    restored = line("maintenance restore", file, "--json")
    assert restored.code == 0, restored
    assert restored.report == made.report
    assert content(line.database.engine) == before
    # What numbers itself goes on behind the last number.
    line.execute("INSERT INTO instrument (exchange, symbol) VALUES ('okx', 'NEW')")
    assert line.scalars("SELECT max(id) FROM instrument") == [ROWS + 1]


@pytest.mark.integration
def test_nothing_is_restored_under_a_running_platform_or_over_rows(
    line: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "all.zip"
    line("maintenance backup", file)
    before = content(line.database.engine)
    # This connection is one of the platform's.
    with line.database.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        refused = line("maintenance restore", file, "--replace")
    assert refused.code == 4
    assert "stop them before restoring" in refused.err
    line.database.close()
    refused = line("maintenance restore", file)
    assert refused.code == 4
    assert "--replace" in refused.err
    assert content(line.database.engine) == before
    line.execute("DELETE FROM chart_layout")
    line.database.close()
    assert line("maintenance restore", file, "--replace").code == 0
    assert content(line.database.engine) == before


@pytest.mark.integration
def test_a_damaged_file_changes_nothing(line: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    line("maintenance backup", file)
    before = content(line.database.engine)
    line.database.close()
    tampered = tmp_path / "tampered.zip"
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(tampered, "w") as bad:
        for name in good.namelist():
            data = good.read(name)
            bad.writestr(name, data.replace(b"w2", b"w9") if name == "chart_layout.copy" else data)
    result = line("maintenance restore", tampered, "--replace")
    assert result.code == 4
    assert "chart_layout.copy differs from the manifest" in result.err
    cut = tmp_path / "cut.zip"
    cut.write_bytes(file.read_bytes()[:-100])
    result = line("maintenance restore", cut, "--replace")
    assert result.code == 4
    assert "not a complete backup" in result.err
    assert content(line.database.engine) == before


@pytest.mark.timescale
def test_a_back_up_of_hypertables_is_restored_into_hypertables(
    timescale_url: str, tmp_path: Path
) -> None:
    from database.backups.backup import write_backup
    from database.backups.restore import restore_backup
    from database.timescale_info import read_timescale_info

    migrate(timescale_url)
    database = open_database(timescale_url, pool_size=1)
    with database.engine.begin() as connection:
        names = ", ".join(table.name for table in TABLES)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    fill(database.engine)
    before = content(database.engine)
    file = tmp_path / "all.zip"
    made = write_backup(database.engine, file, START)
    assert restore_backup(database.engine, file, replace=True) == made
    assert content(database.engine) == before
    with database.engine.connect() as connection:
        assert read_timescale_info(connection).hypertables == {"trade", "candle"}
    database.close()
