"""Which columns of a database hold no row, or never or always null where both may be."""

from sqlalchemy import Connection, text

_COLUMNS = """
    SELECT table_name, column_name, is_nullable = 'YES' FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name <> 'alembic_version'
    ORDER BY table_name, ordinal_position
"""
# Filled by a migration only, for rows that were stored before it.
_SET_BY_MIGRATION = {"bot_account.daily_before"}
# Null only in rows that were stored before the column.
_NULL_BEFORE_ONLY = {
    "candle.digest", "candle_check.digest", "tape_end.seal_after_id", "tape_end.seal_previous",
    "tape_end.seal_digest",
}  # fmt: skip


def unfilled(connection: Connection) -> list[str]:
    """Return the tables and columns that a fixture should fill and does not, each with its lack."""
    columns: dict[str, list[tuple[str, bool]]] = {}
    for table, column, may_be_null in connection.execute(text(_COLUMNS)):
        columns.setdefault(table, []).append((column, may_be_null))
    return [lack for table, known in columns.items() for lack in _lacks(connection, table, known)]


def _lacks(connection: Connection, table: str, columns: list[tuple[str, bool]]) -> list[str]:
    counted = ", ".join(f'count("{column}")' for column, _ in columns)
    rows, *filled = connection.execute(text(f'SELECT count(*), {counted} FROM "{table}"')).one()
    if rows == 0:
        return [f"{table}: no row"]
    lacks = []
    for (column, may_be_null), count in zip(columns, filled, strict=True):
        name = f"{table}.{column}"
        if name in _SET_BY_MIGRATION:
            continue
        if count == 0:
            lacks.append(f"{name}: always null")
        elif may_be_null and count == rows and name not in _NULL_BEFORE_ONLY:
            lacks.append(f"{name}: never null")
    return lacks
