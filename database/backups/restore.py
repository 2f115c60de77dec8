"""Restore a backup: the schema it was made with, its rows, then the newest schema.

All in one transaction: after any failure the database is unchanged.
"""

from pathlib import Path
from zipfile import BadZipFile, ZipFile

import msgspec
from psycopg2 import sql
from sqlalchemy import Connection, Engine, func, inspect, literal, select, text

from database.backups.backup import FORMAT, MANIFEST, DigestedFile, Manifest, TableCopy, tape_ends
from database.engine import cursor_of
from database.errors import translate_errors
from database.migrate import downgrade_to_base, exclusive_transaction, upgrade, upgrade_to
from database.models import Base
from database.server_views import OTHER_SESSIONS
from database.timescale import activate
from utils.errors import ServiceFault

_UNLIMITED_ROWS = 2**62


class BackupUnusable(ServiceFault):
    """The file is not a complete backup, or the database cannot be restored into."""


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of a backup. Raises BackupUnusable, OSError."""
    try:
        with ZipFile(path) as file:
            manifest = msgspec.json.decode(file.read(MANIFEST), type=Manifest)
    except (BadZipFile, KeyError, msgspec.DecodeError) as error:
        raise BackupUnusable(
            f"{path} is not a complete backup ({error}); use another one"
        ) from error
    if manifest.format != FORMAT:
        raise BackupUnusable(f"{path} has format {manifest.format}, this program reads {FORMAT}")
    return manifest


def restore_backup(engine: Engine, path: Path, *, replace: bool) -> Manifest:
    """Fill an empty database or, with `replace`, first drop everything in it.

    Raises BackupUnusable for a damaged file, a database in use or, without `replace`, one that
    holds rows; repository errors; OSError.
    """
    manifest = read_manifest(path)
    with exclusive_transaction(engine, f"restoring {path.name}") as connection:
        _require_unused(connection)
        if not replace:
            _require_empty(connection)
        downgrade_to_base(connection)
        upgrade_to(connection, manifest.revision)
        with ZipFile(path) as file:
            for table in manifest.tables:
                _copy_in(connection, file, table)
        if tape_ends(connection)[1] != manifest.tape_ends_sha256:
            raise BackupUnusable(f"{path}: the ends of the tapes differ from the manifest")
    upgrade(engine)
    activate(engine, large_rows=_UNLIMITED_ROWS)
    with translate_errors("counting restored rows"), engine.begin() as connection:
        connection.execute(select(func.set_config("statement_timeout", "0", True)))
        connection.execute(text("ANALYZE"))
    return manifest


def _require_unused(connection: Connection) -> None:
    sessions = connection.scalar(OTHER_SESSIONS)
    if sessions:
        raise BackupUnusable(
            f"{sessions} sessions of a platform or of its commands use this database; stop them "
            "before restoring"
        )


def _require_empty(connection: Connection) -> None:
    known = inspect(connection).get_table_names()
    for table in Base.metadata.sorted_tables:
        if table.name in known and connection.scalar(
            select(select(literal(1)).select_from(table).exists())
        ):
            raise BackupUnusable(
                f"table {table.name} is not empty; --replace deletes all stored data"
            )


def _copy_in(connection: Connection, file: ZipFile, table: TableCopy) -> None:
    cursor = cursor_of(connection)
    names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    try:
        with file.open(table.file) as entry:
            digested = DigestedFile(entry)
            cursor.copy_expert(statement.as_string(cursor), digested)
    except (BadZipFile, KeyError) as error:
        raise BackupUnusable(f"{table.file} is damaged ({error}); use another backup") from error
    if (cursor.rowcount, digested.digest.hexdigest()) != (table.rows, table.sha256):
        raise BackupUnusable(f"{table.file} differs from the manifest; use another backup")
    for column, last in table.counters.items():
        sequence = func.pg_get_serial_sequence(table.name, column)
        connection.execute(select(func.setval(sequence, last)))
