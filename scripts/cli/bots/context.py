"""Shared parts of the bot commands: their context, their options, their output."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bot_manager.runtime.command_service import BotCommandService
from bot_manager.runtime.stores import BotStores
from config import Settings
from database import Database, open_bus
from database.bots import SqlVerificationRepository
from database.migrate import migrate
from scripts.cli.exits import exit_on_error
from scripts.cli.options.parsers import line
from scripts.composition.bots import bot_stores, open_bot_database
from scripts.composition.location import existing_platform
from scripts.composition.servers import database_url, redis_url
from utils.clock import SystemClock
from utils.errors import ConfigError

Names = Annotated[list[str] | None, typer.Argument(metavar="BOT...", help="Names of bots.")]
Name = Annotated[str, typer.Argument(metavar="BOT", help="Name of a bot.")]
All = Annotated[bool, typer.Option("--all", help="Every bot that can do it.")]
Reason = Annotated[
    str, typer.Option(parser=line, metavar="TEXT", help="Why: kept in the bot's history.")
]
File = Annotated[Path, typer.Argument(metavar="FILE.json", help="A bot, as in config/bots.")]


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
        raise ConfigError("BOT", problem="name at least one, or say --all")
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
