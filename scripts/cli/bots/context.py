"""The stores and services of the bot commands, and how they print."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import typer

from bot_manager.domain.ports import BotStores
from bot_manager.runtime.command_service import BotCommandService
from config import Settings
from database import Database, open_bus
from database.migrate import migrate
from database.repositories.verifications import SqlVerificationRepository
from scripts.cli.exits import exit_on_error
from scripts.composition.bots import bot_stores, open_bot_database
from scripts.composition.location import existing_platform
from scripts.composition.servers import database_url, redis_url
from utils.clock import SystemClock
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True)
class BotContext:
    """The stores and services that the bot commands use."""

    settings: Settings
    database: Database
    stores: BotStores
    verifications: SqlVerificationRepository
    service: BotCommandService


@contextmanager
def open_bot_context(data_dir: Path | None) -> Iterator[BotContext]:
    """Open the context; an error ends the command with one plain line."""
    with exit_on_error(), existing_platform(data_dir) as settings:
        migrate(database_url(settings))
        bus = open_bus(redis_url(settings), prefix=settings.redis.prefix)
        try:
            with open_bot_database(settings) as database:
                stores = bot_stores(database)
                service = BotCommandService(
                    stores.bots, stores.instruments, bus, SystemClock(), "command line"
                )
                yield BotContext(
                    settings, database, stores, SqlVerificationRepository(database), service
                )
        finally:
            bus.close()


def require_names(names: list[str] | None) -> list[str]:
    """Return names, each once. Raises ConfigError if there is none."""
    if not names:
        raise ConfigError("BOT", problem="name at least one, or give --all")
    return list(dict.fromkeys(names))


def print_result(as_json: bool, facts: object, text: str) -> None:
    """Print facts as JSON for programs, or text for users."""
    if as_json:
        print_json(facts)
    elif text:
        typer.echo(text)


def print_json(value: object) -> None:
    """Print a value for programs."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
