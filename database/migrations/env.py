"""Alembic's environment: called by `database.migrate`, or by the `alembic` command."""

import sys

from alembic import context
from sqlalchemy import Connection

from config import load_settings
from database.engine import open_database
from database.migrate import exclusive_transaction
from database.models import Base
from database.models.base import only_ours
from utils.errors import ConfigError, TruetapeError

_NO_URL = "must be set, as in DATABASE_URL=postgresql://user@host/name: alembic starts no server"


def run(connection: Connection) -> None:
    """Run the requested revisions, in one transaction."""
    context.configure(
        connection=connection, target_metadata=Base.metadata, include_object=only_ours
    )
    with context.begin_transaction():
        context.run_migrations()


def print_sql() -> None:
    """Print the SQL of the requested revisions: `--sql`. Needs no server and no URL."""
    context.configure(
        url="postgresql+psycopg2://", target_metadata=Base.metadata, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run at `DATABASE_URL`, as `migrate` does. Raises ConfigError and repository errors."""
    url = load_settings().database.url
    if url is None:
        raise ConfigError("DATABASE_URL", problem=_NO_URL)
    database = open_database(url.reveal())
    try:
        with exclusive_transaction(database.engine, "running alembic") as connection:
            run(connection)
    finally:
        database.close()


def run_command() -> None:
    """Run the `alembic` command; an error that names its remedy is one line on stderr."""
    try:
        print_sql() if context.is_offline_mode() else run_online()
    except TruetapeError as error:
        sys.exit(str(error))


given: Connection | None = context.config.attributes.get("connection")
if given is None:
    run_command()
else:
    run(given)
