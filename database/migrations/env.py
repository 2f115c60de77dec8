"""Where Alembic meets our models: within `database.migrate`, or from its own command line."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from config import load_settings
from database.engine import open_database
from database.models import Base
from utils.errors import ConfigError

TABLES = Base.metadata.tables


def only_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _model: Any) -> bool:
    """Leave tables of extensions out of comparisons."""
    return kind != "table" or name in TABLES


def run(connection: Connection) -> None:
    """Run the revisions that were asked for, in one transaction."""
    context.configure(
        connection=connection, target_metadata=Base.metadata, include_object=only_ours
    )
    with context.begin_transaction():
        context.run_migrations()


def run_from_command_line() -> None:
    """Connect as the settings say."""
    url = load_settings().database.url
    if url is None:
        raise ConfigError("DATABASE_URL", problem="must be set: alembic starts no server")
    database = open_database(url.reveal())
    with database.engine.begin() as connection:
        run(connection)
    database.close()


given: Connection | None = context.config.attributes.get("connection")
if given is None:
    run_from_command_line()
else:
    run(given)
