"""Write backups: every table of the platform as of one instant, in one file.

A backup holds rows, not a server's files; the schema comes from the migrations. So it can be
restored to another version of PostgreSQL, and to a server without TimescaleDB.
"""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from sqlalchemy import BigInteger, Connection, Engine, Table, cast, extract, func, inspect, select
from sqlalchemy.dialects.postgresql import REGCLASS

from data.errors import RepositoryError
from database.engine import cursor_of
from database.errors import translate_errors
from database.migrate import revisions
from database.models import Base, InstrumentRow, TapeEndRow
from utils.files import atomic_write

MANIFEST = "manifest.json"
FORMAT = 1
_FOR_ITS_OWNER = 0o600
_ONE_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_SERVER_VERSION = select(func.current_setting("server_version"))
_LEVEL = 1  # text of numbers: higher levels cost much more time than they save


class TableCopy(msgspec.Struct, frozen=True, kw_only=True):
    """One table: its columns in the order of the file, rows, and the digest of the file.

    `counters` are the last values of its identity columns.
    """

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str
    counters: dict[str, int]

    @property
    def file(self) -> str:
        """Return the name of its file in the backup."""
        return f"{self.name}.copy"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a backup. `tables` are in an order in which they can be filled."""

    format: int
    made_at: datetime
    revision: str
    server_version: str
    tape_ends: dict[str, int]
    tape_ends_sha256: str
    tables: tuple[TableCopy, ...]

    @property
    def rows(self) -> int:
        """Return the total number of rows."""
        return sum(table.rows for table in self.tables)


def write_backup(engine: Engine, path: Path, made_at: datetime) -> Manifest:
    """Write a backup atomically; the platform may keep running meanwhile.

    Raises repository errors, RepositoryError for a schema that is not this program's, OSError.
    """
    with translate_errors("writing a backup"), engine.connect() as connection:
        # One snapshot for all tables, however long it takes.
        connection.execution_options(**_ONE_SNAPSHOT)
        connection.execute(select(func.set_config("statement_timeout", "0", True)))
        revision = _current_revision(connection)
        with (
            atomic_write(path) as raw,
            ZipFile(raw, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as file,
        ):
            tables = tuple(_copy_out(connection, file, made_at))
            ends, digest = tape_ends(connection)
            manifest = Manifest(
                format=FORMAT,
                made_at=made_at,
                revision=revision,
                server_version=connection.scalar(_SERVER_VERSION) or "",
                tape_ends=ends,
                tape_ends_sha256=digest,
                tables=tables,
            )
            file.writestr(
                _entry(MANIFEST, made_at), msgspec.json.format(msgspec.json.encode(manifest))
            )
    path.chmod(_FOR_ITS_OWNER)
    return manifest


def tape_ends(connection: Connection) -> tuple[dict[str, int], str]:
    """Return the last trade id of every tape, and a digest of them and their times."""
    name = InstrumentRow.exchange + ":" + InstrumentRow.symbol
    time_us = cast(extract("epoch", TapeEndRow.time) * 1_000_000, BigInteger)
    statement = select(name, TapeEndRow.trade_id, time_us).join(
        InstrumentRow, InstrumentRow.id == TapeEndRow.instrument_id
    )
    rows = connection.execute(statement.order_by(name)).all()
    lines = "".join(f"{name} {trade_id} {time_us}\n" for name, trade_id, time_us in rows)
    return {name: trade_id for name, trade_id, _ in rows}, sha256(lines.encode()).hexdigest()


def _current_revision(connection: Connection) -> str:
    stored, known = revisions(connection)
    if stored is None or stored != known:
        raise RepositoryError(
            f"writing a backup: the schema is {stored or 'missing'}, not {known}; start the "
            "platform once to migrate it"
        )
    return stored


def _copy_out(connection: Connection, file: ZipFile, made_at: datetime) -> Iterator[TableCopy]:
    cursor = cursor_of(connection)
    inspector = inspect(connection)
    for table in Base.metadata.sorted_tables:
        columns = tuple(str(column["name"]) for column in inspector.get_columns(table.name))
        with file.open(_entry(f"{table.name}.copy", made_at), "w", force_zip64=True) as entry:
            digested = DigestedFile(entry)
            # A query, because COPY of a hypertable itself returns nothing.
            cursor.copy_expert(_copy_statement(table.name, columns, cursor), digested)
        yield TableCopy(
            name=str(table.name),
            columns=columns,
            rows=cursor.rowcount,
            sha256=digested.digest.hexdigest(),
            counters=_counters(connection, table),
        )


def _copy_statement(table: str, columns: tuple[str, ...], cursor: Cursor) -> str:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(names, sql.Identifier(table))
    return statement.as_string(cursor)


def _counters(connection: Connection, table: Table) -> dict[str, int]:
    """Return the last values of identity columns."""
    counters = {}
    for column in (str(column.name) for column in table.columns if column.identity):
        sequence = cast(func.pg_get_serial_sequence(table.name, column), REGCLASS)
        last = connection.scalar(select(func.pg_sequence_last_value(sequence)))
        if last is not None:
            counters[column] = last
    return counters


class DigestedFile:
    """Passes through what is read from a file or written to it, and digests it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()

    def write(self, data: bytes) -> int:
        """Write all of the bytes."""
        self.digest.update(data)
        return self._file.write(data)

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes."""
        return self._digested(self._file.read(size))

    def readline(self, size: int = -1) -> bytes:
        """Read a line."""
        return self._digested(self._file.readline(size))

    def _digested(self, data: bytes) -> bytes:
        self.digest.update(data)
        return data


def _entry(name: str, made_at: datetime) -> ZipInfo:
    entry = ZipInfo(name, made_at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    return entry
