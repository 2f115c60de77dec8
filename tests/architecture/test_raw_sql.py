"""SQL as text and the driver's cursor are limited to the modules that ADR 0187 names."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATABASE = ROOT / "database"
# Migrations are SQL by their nature; models give conditions of their indexes as text.
EXEMPT = ("embedded", "messaging", "migrations", "models")
RAW = {"text", "raw_cursor", "cursor_of"}
MAY = {
    "backups/backup.py", "backups/restore.py", "repositories/candle_frames.py",
    "repositories/candles.py", "repositories/late_trades.py", "repositories/tape_ends.py",
    "repositories/tape_writer.py", "server_views.py", "timescale.py",
}  # fmt: skip


def imports_raw(source: str) -> bool:
    """Return whether a module imports what runs SQL as text, or a cursor."""
    return any(
        alias.name in RAW
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module in ("sqlalchemy", "database.engine")
        for alias in node.names
    )


def test_raw_sql_is_where_it_was_measured() -> None:
    paths = [path.relative_to(DATABASE) for path in DATABASE.rglob("*.py")]
    found = {
        path.as_posix()
        for path in paths
        if path.parts[0] not in EXEMPT and imports_raw((DATABASE / path).read_text())
    }
    assert found == MAY, "docs/adr/0187-raw-sql-of-measured-paths.md lists them, with figures"


def test_raw_sql_is_found() -> None:
    assert imports_raw("from sqlalchemy import select, text")
    assert imports_raw("from database.engine import Database, raw_cursor")
    assert not imports_raw("from sqlalchemy import select")
