"""Find the store that a command works on."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from config import Settings, load_settings
from database.embedded import AlreadyRunning, InstanceInfo, embedded_servers
from database.migrate import migrate
from scripts.wiring import Store, database_url, open_store, with_servers
from utils.errors import ConfigError, ServiceUnavailable
from utils.redaction import MASK

DataDir = Annotated[
    Path | None,
    typer.Option(help="The platform's data directory. Default: DATABASE_URL, else var/main."),
]


class StillStarting(ServiceUnavailable):
    """Somebody owns the data directory but does not say yet where it listens."""


@contextmanager
def writable_store(data_dir: Path | None) -> Iterator[Store]:
    """Open the store, making what is missing. Raises TruetapeError.

    A given directory goes first, then DATABASE_URL, then DATA_DIR. Where nothing runs in a
    directory, its own PostgreSQL runs as long as the block.
    """
    with reachable(load_settings(), data_dir) as settings:
        migrate(database_url(settings))
        with open_store(settings) as store:
            yield store


@contextmanager
def existing_store(data_dir: Path | None) -> Iterator[Store]:
    """Open the store to read from it. Raises ConfigError for a directory that is not there."""
    settings = load_settings()
    place = data_dir or settings.folders.data_dir
    if _is_embedded(settings, data_dir) and not place.is_dir():
        raise ConfigError("--data-dir", problem=f"{place} does not exist: nothing is stored there")
    with writable_store(data_dir) as store:
        yield store


def _is_embedded(settings: Settings, data_dir: Path | None) -> bool:
    return data_dir is not None or settings.database.url is None


@contextmanager
def reachable(settings: Settings, data_dir: Path | None) -> Iterator[Settings]:
    """Yield settings that name the servers of a directory, started for the block if none run.

    Raises TruetapeError.
    """
    if not _is_embedded(settings, data_dir):
        yield settings
        return
    with ExitStack() as stack:
        try:
            servers = stack.enter_context(embedded_servers(data_dir or settings.folders.data_dir))
            found = with_servers(
                settings, database_url=servers.database_url, redis_url=servers.redis_url
            )
        except AlreadyRunning as running:
            if running.info is None:
                raise StillStarting(f"{running}; try again in a moment") from running
            found = settings_of_running(settings, running.info)
        yield found


def settings_of_running(settings: Settings, info: InstanceInfo) -> Settings:
    """Return the settings with the addresses that a running platform announced.

    Raises ConfigError if they hold passwords that only its own variables have.
    """
    if MASK not in f"{info.database_url}{info.redis_url}":
        return with_servers(settings, database_url=info.database_url, redis_url=info.redis_url)
    announced = (info.database_url, info.redis_url)
    if (str(settings.database.url), str(settings.redis.url)) != announced:
        problem = f"must be set as for the platform: {' and '.join(announced)}"
        raise ConfigError("DATABASE_URL, REDIS_URL", problem=problem)
    return settings
