"""Migrate the schema, from any working directory, also when two processes start at once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, func, select

from data.errors import RepositoryError
from database.engine import open_database
from database.errors import translate_errors
from database.timescale import activate

log = logging.getLogger("truetape.database")

_SCRIPTS = Path(__file__).parent / "migrations"
_MIN_SERVER_VERSION = (15,)
# Any fixed number: a migration holds this lock, the next one waits and finds nothing to do.
_ADVISORY_KEY = 0x7472_7565_7461_7065


def migrate(url: str) -> None:
    """Bring the schema at `url` to the newest revision, in one transaction.

    Then activate what the server supports of TimescaleDB. Raises RepositoryUnavailable, and
    RepositoryError if the server is too old or the schema newer than this program.
    """
    database = open_database(url, pool_size=1)
    try:
        upgrade(database.engine)
        activate(database.engine)
    finally:
        database.close()


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision, without TimescaleDB; raises as `migrate`."""
    with exclusive_transaction(engine, "migrating the schema") as connection:
        before = _revision(connection)
        upgrade_to(connection, "head")
        after = _revision(connection)
    if after != before:
        log.info("schema migrated", extra={"from_revision": before, "to_revision": after})


def revert(url: str) -> None:
    """Revert every revision at `url`, with all the data, to an empty schema."""
    database = open_database(url, pool_size=1)
    try:
        with exclusive_transaction(database.engine, "reverting the schema") as connection:
            downgrade_to_base(connection)
    finally:
        database.close()


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """Return the schema's revision, and the newest revision of this program."""
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return _revision(connection), head


def upgrade_to(connection: Connection, revision: str) -> None:
    """Run revisions up to one, in a transaction of `exclusive_transaction`."""
    with _report_unknown_revision("migrating the schema"):
        command.upgrade(_config(connection), revision)


def downgrade_to_base(connection: Connection) -> None:
    """Drop the whole schema, in a transaction of `exclusive_transaction`."""
    with _report_unknown_revision("reverting the schema"):
        command.downgrade(_config(connection), "base")


@contextmanager
def exclusive_transaction(engine: Engine, operation: str) -> Iterator[Connection]:
    """Open a transaction that excludes other migrations; raises as `migrate`."""
    with translate_errors(operation), engine.begin() as connection:
        _require_server(connection)
        # A revision, and waiting for that of another process, may take as long as it needs.
        connection.execute(select(func.set_config("statement_timeout", "0", True)))
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_KEY)))
        yield connection


@contextmanager
def _report_unknown_revision(operation: str) -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise RepositoryError(
            f"{operation}: {error}; was the schema migrated by a newer version?"
        ) from error


def _require_server(connection: Connection) -> None:
    version = connection.dialect.server_version_info or ()
    if version < _MIN_SERVER_VERSION:
        shown = ".".join(map(str, version))
        raise RepositoryError(f"PostgreSQL 15 or newer is required, the server is {shown}")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
