"""The contents of a database and their sizes."""

import msgspec
from sqlalchemy import Connection, func, select

from database.migrate import revisions
from database.models import Base
from database.server_views import TABLE_SIZES
from database.timescale_info import TimescaleInfo, read_timescale_info


class TableSize(msgspec.Struct, frozen=True, kw_only=True):
    """A table of the platform with its indexes; `rows` is an estimate."""

    name: str
    rows: int
    size_bytes: int


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """Version, schema and tables, the largest first."""

    version: str
    schema: str | None
    newest_schema: str | None
    timescale: TimescaleInfo
    tables: tuple[TableSize, ...]

    @property
    def is_current(self) -> bool:
        """Return whether the schema is this program's."""
        return self.schema == self.newest_schema


def read_inventory(connection: Connection) -> Inventory:
    """Read the inventory; needs read access only."""
    facts = read_timescale_info(connection)
    stored, known = revisions(connection)
    return Inventory(
        version=connection.scalar(select(func.current_setting("server_version"))) or "",
        schema=stored,
        newest_schema=known,
        timescale=facts,
        tables=tuple(sorted(_tables(connection, facts), key=lambda one: -one.size_bytes)),
    )


def _tables(connection: Connection, facts: TimescaleInfo) -> list[TableSize]:
    chunked = {table.name: table.size_bytes for table in facts.tables}
    names = [name for name in Base.metadata.tables if name not in chunked]
    rows = connection.execute(TABLE_SIZES, {"names": names})
    plain = [TableSize(name=name, rows=count, size_bytes=size) for name, count, size in rows]
    return plain + [
        TableSize(
            name=name,
            rows=connection.scalar(select(func.greatest(func.approximate_row_count(name), 0))) or 0,
            size_bytes=size,
        )
        for name, size in chunked.items()
    ]
