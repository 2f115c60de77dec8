"""The stores and services of the bot commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot_manager.domain.ports import BotStores
from bot_manager.domain.verification import BotVerification
from bot_manager.runtime.command_service import BotCommandService
from config import Settings
from database import Database, open_bus
from database.repositories.verifications import SqlBotVerificationRepository
from scripts.cli.exits import exit_on_error
from scripts.cli.options.instruments import Bounds
from scripts.composition.bots import bot_checker, bot_stores
from scripts.composition.location import existing_platform, migrated_database
from scripts.composition.servers import redis_url
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True)
class BotContext:
    """The stores and services that the bot commands use."""

    settings: Settings
    database: Database
    stores: BotStores
    verifications: SqlBotVerificationRepository
    service: BotCommandService


@contextmanager
def open_bot_context(data_dir: Path | None) -> Iterator[BotContext]:
    """Open the context; an error ends the command with one plain line."""
    with exit_on_error(), existing_platform(data_dir) as settings:
        bus = open_bus(redis_url(settings), prefix=settings.redis.prefix)
        try:
            with migrated_database(settings) as database:
                stores = bot_stores(database)
                service = BotCommandService(
                    stores.bots, stores.instruments, bus, SystemClock(), "command line"
                )
                yield BotContext(
                    settings, database, stores, SqlBotVerificationRepository(database), service
                )
        finally:
            bus.close()


def require_names(names: list[str] | None) -> list[str]:
    """Return names, each once. Raises ConfigError if there is none."""
    if not names:
        raise ConfigError("BOT", problem="name at least one, or give --all")
    return list(dict.fromkeys(names))


def verify_bots(
    names: list[str] | None, all_bots: bool, bounds: Bounds, data_dir: Path | None
) -> list[BotVerification]:
    """Replay bots from the last verification before the bounds, or from their start."""
    with open_bot_context(data_dir) as context:
        use_compiled_cache(context.settings.folders.data_dir / "compiled")
        checker, now = bot_checker(context.database), SystemClock().now()
        chosen = (
            [bot.name for bot in context.stores.bots.all()] if all_bots else require_names(names)
        )
        return [checker.verify(name, now, bounds.start, bounds.end) for name in chosen]
