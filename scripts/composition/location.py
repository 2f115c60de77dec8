"""Locate the platform and the stores that a command works on.

A given data directory takes precedence, then DATABASE_URL, then DATA_DIR. In a directory the
running platform is used; where none runs, embedded servers run for the time of the command.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from config import Settings, load_settings
from data.collectors.factory import EXCHANGES
from database import Database
from database.backups.restore import BackupUnusable
from database.embedded import (
    AlreadyRunning,
    InstanceInfo,
    embedded_servers,
    has_cluster,
    read_info,
)
from database.migrate import migrate
from scripts.composition.database import open_process_database
from scripts.composition.servers import database_url, with_servers
from scripts.composition.stores import Store, store_of
from utils.errors import ConfigError, ServiceUnavailable
from utils.redaction import MASK


class StillStarting(ServiceUnavailable):
    """The owner of the data directory has not announced its addresses yet."""


def settings_for(data_dir: Path | None) -> Settings:
    """Return the settings with a given data directory. Raises ConfigError."""
    settings = load_settings(exchanges=EXCHANGES)
    if data_dir is not None:
        settings = with_data_dir(settings, data_dir)
    place = settings.folders.data_dir.expanduser()
    if place.exists() and not place.is_dir():
        problem = f"{place} is no directory; name the platform's data directory"
        raise ConfigError("--data-dir" if data_dir else "DATA_DIR", problem=problem)
    return settings


def with_data_dir(settings: Settings, data_dir: Path) -> Settings:
    """Return the settings with another data directory."""
    folders = settings.folders.model_copy(update={"data_dir": data_dir})
    return settings.model_copy(update={"folders": folders})


@contextmanager
def existing_platform(data_dir: Path | None) -> Iterator[Settings]:
    """Yield settings that name the servers of a platform.

    Raises ConfigError where nothing is stored, TruetapeError.
    """
    settings = settings_for(data_dir)
    place = settings.folders.data_dir
    if _is_embedded(settings, data_dir) and running_in(place) is None and not has_cluster(place):
        problem = f"nothing is stored in {place}; name the platform's data directory"
        raise ConfigError("--data-dir" if data_dir else "DATA_DIR", problem=problem)
    with _located(settings, data_dir) as located:
        yield located


@contextmanager
def any_platform(data_dir: Path | None) -> Iterator[Settings]:
    """Yield settings that name the servers of a platform, created where there is none.

    Raises TruetapeError.
    """
    with _located(settings_for(data_dir), data_dir) as located:
        yield located


@contextmanager
def _located(settings: Settings, data_dir: Path | None) -> Iterator[Settings]:
    if not _is_embedded(settings, data_dir):
        yield _with_announced_redis(settings)
        return
    with ExitStack() as stack:
        try:
            servers = stack.enter_context(embedded_servers(settings.folders.data_dir))
            found = with_servers(
                settings, database_url=servers.database_url, redis_url=servers.redis_url
            )
        except AlreadyRunning as running:
            if running.info is None:
                raise StillStarting(f"{running}; try again in a moment") from running
            found = settings_of_running(settings, running.info)
        yield found


def running_platform(data_dir: Path | None) -> Settings:
    """Return settings that name the servers of a running platform. Raises ConfigError for none."""
    settings = settings_for(data_dir)
    if not _is_embedded(settings, data_dir):
        return _with_announced_redis(settings)
    info = running_in(settings.folders.data_dir)
    if info is None:
        problem = f"no platform runs in {settings.folders.data_dir}; start one: uv run main.py"
        raise ConfigError("--data-dir" if data_dir else "DATABASE_URL", problem=problem)
    return settings_of_running(settings, info)


@contextmanager
def unused_database(data_dir: Path | None) -> Iterator[str]:
    """Yield the URL of a database that no platform of the directory uses.

    Raises BackupUnusable where a platform runs, TruetapeError.
    """
    settings = settings_for(data_dir)
    if not _is_embedded(settings, data_dir):
        yield database_url(settings)
        return
    try:
        with embedded_servers(settings.folders.data_dir) as servers:
            yield servers.database_url
    except AlreadyRunning as error:
        raise BackupUnusable(f"the platform is {error}; stop it before restoring") from error


@contextmanager
def writable_store(data_dir: Path | None) -> Iterator[Store]:
    """Open the store, creating what is missing. Raises TruetapeError."""
    with any_platform(data_dir) as settings, migrated_database(settings) as database:
        yield store_of(database)


@contextmanager
def existing_store(data_dir: Path | None) -> Iterator[Store]:
    """Open the store to read from it. Raises ConfigError where nothing is stored."""
    with existing_platform(data_dir) as settings, migrated_database(settings) as database:
        yield store_of(database)


@contextmanager
def migrated_database(settings: Settings) -> Iterator[Database]:
    """Open the database of located settings. Raises TruetapeError."""
    migrate(database_url(settings))
    with open_process_database(settings) as database:
        yield database


def _is_embedded(settings: Settings, data_dir: Path | None) -> bool:
    return data_dir is not None or settings.database.url is None


def running_in(data_dir: Path) -> InstanceInfo | None:
    """Return the announcement of the platform that runs in a directory, None if none does."""
    info = read_info(data_dir.expanduser())
    return info if info is not None and psutil.pid_exists(info.pid) else None


def settings_of_running(settings: Settings, info: InstanceInfo) -> Settings:
    """Return the settings with the addresses that a running platform announced.

    Raises ConfigError if they need passwords that only the platform's own environment has.
    """
    if MASK not in f"{info.database_url}{info.redis_url}":
        return with_servers(settings, database_url=info.database_url, redis_url=info.redis_url)
    announced = (info.database_url, info.redis_url)
    if (str(settings.database.url), str(settings.redis.url)) != announced:
        problem = f"must be set as for the platform: {' and '.join(announced)}"
        raise ConfigError("DATABASE_URL, REDIS_URL", problem=problem)
    return settings


def _with_announced_redis(settings: Settings) -> Settings:
    """Return the settings with the Redis of the platform that runs over the same database."""
    url, info = settings.database.url, running_in(settings.folders.data_dir)
    if settings.redis.url is not None or url is None or info is None:
        return settings
    if info.database_url != str(url) or MASK in info.redis_url:
        return settings
    return with_servers(settings, database_url=url.reveal(), redis_url=info.redis_url)
