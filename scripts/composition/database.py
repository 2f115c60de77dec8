"""Open the database of a process: one engine and one pool, which its repositories share."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from config import Settings
from database import Database, open_database
from scripts.composition.servers import database_url


@contextmanager
def open_process_database(settings: Settings, *, ping_first: bool = True) -> Iterator[Database]:
    """Open the database; its connections close with the block. Raises ConfigError.

    At most `work_connections` are for the work of the process, one more is for its reports.
    """
    opened = open_database(
        database_url(settings),
        pool_size=settings.database.pool_size,
        max_connections=work_connections(settings) + 1,
        ping_first=ping_first,
    )
    with closing(opened) as database:
        yield database


def work_connections(settings: Settings) -> int:
    """Return how many threads of a process may use its database at a time."""
    return 2 * settings.database.pool_size
