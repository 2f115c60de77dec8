"""Insert many rows in one statement: columns are passed as arrays."""

from collections.abc import Iterable, Mapping, Sequence

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor


def insert_rows(
    cursor: Cursor, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]
) -> None:
    """Insert rows into `columns`, given by name with their PostgreSQL types. A conflict raises."""
    values = list(rows)
    if not values:
        return
    arrays = [list(column) for column in zip(*values, strict=True)]
    statement = sql.SQL("INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})").format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(map(sql.Identifier, columns)),
        arrays=sql.SQL(", ").join(sql.SQL(f"%s::{kind}[]") for kind in columns.values()),
    )
    cursor.execute(statement, arrays)
