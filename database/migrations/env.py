"""Where Alembic meets our models: within `database.migrate`, or from its own command line."""

from alembic import context
from sqlalchemy import Connection

from config import load_settings
from database.engine import open_database
from database.migrations.comparing import only_ours
from database.models import Base
from utils.errors import ConfigError


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
