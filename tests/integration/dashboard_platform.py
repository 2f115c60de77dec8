"""A dashboard over a real store with something of everything in it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import text
from starlette.types import ASGIApp

from bot_manager.domain.config import read_bot
from bot_manager.runtime.command_service import BotCommandService
from config import Settings
from config.sections import FolderSettings
from dashboard.thread_pools import ThreadPools
from data import InstrumentId, Timeframe, TimeSpan
from data.imports.candle_store import store_exchange_candles
from database import Database, open_database
from database.migrate import migrate
from database.models import Base
from database.repositories.bots import SqlBotRepository
from database.repositories.strategies import SqlStrategyRepository
from scripts.composition.servers import with_servers
from scripts.composition.stores import signal_stores_of, store_of
from scripts.services.dashboard.bots import open_bot_services
from scripts.services.dashboard.server import build, monitoring_of
from scripts.services.dashboard.system import open_channels
from strategies.charts import ChartLayout
from tests.bad_inputs.requests import BOT
from tests.builders import BTC, START, an_exchange_candle, an_instrument
from tests.dashboard_signals import library_files
from tests.fakes.bus import InMemoryBus
from utils.clock import SystemClock

ROOT = Path(__file__).parents[2]
SIMULATED = InstrumentId.parse(BOT["instrument"])


@dataclass(frozen=True, slots=True)
class Platform:
    """A dashboard and its store; `stored` is a digest of every table but the audit's."""

    server: ASGIApp
    settings: Settings
    database_url: str
    database: Database
    before: str = ""

    @property
    def environment(self) -> dict[str, str | None]:
        """Return the variables by which commands find this platform."""
        redis, folders = self.settings.redis.url, self.settings.folders
        assert redis is not None
        return {
            "DATABASE_URL": self.database_url, "REDIS_URL": redis.reveal(), "COLUMNS": "500",
            "DATA_DIR": str(folders.data_dir), "COLLECTORS_DIR": str(folders.collectors_dir),
            "TERM": "dumb",
        }  # fmt: skip

    def require_unchanged(self) -> None:
        """Compare what is stored with what was stored at the start."""
        assert self.stored() == self.before

    def stored(self) -> str:
        parts = " || ".join(
            f"coalesce((SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t), '-')"
            for name in sorted(Base.metadata.tables)
            if name != "audit"
        )
        with self.database.session("taking a snapshot") as session:
            return str(session.scalar(text(f"SELECT {parts}")))


@contextmanager
def open_platform(folder: Path, database_url: str, redis_url: str) -> Iterator[Platform]:
    """Yield a dashboard over an empty database, filled with a bot, a layout and candles."""
    migrate(database_url)
    folders = FolderSettings(
        data_dir=folder, collectors_dir=ROOT / "config" / "demo" / "collectors"
    )
    settings = with_servers(
        Settings(folders=folders), database_url=database_url, redis_url=redis_url
    )
    slots = ThreadPools()
    with ExitStack() as stack:
        database = open_database(database_url)
        stack.callback(database.close)
        _fill(database)
        strategies = SqlStrategyRepository(database)
        bots = stack.enter_context(open_bot_services(settings, database, strategies))
        channels = stack.enter_context(open_channels(settings))
        server = build(settings, database, monitoring_of(database), bots, channels, slots)
        filled = Platform(server, settings, database_url, database)
        yield replace(filled, before=filled.stored())


def _fill(database: Database) -> None:
    """Store what requests could change: a bot, a layout, strategies to choose from."""
    signal_stores = signal_stores_of(database)
    signal_stores.strategies.save_files(library_files())
    signal_stores.layouts.save(ChartLayout(name="Kept", indicators=()))
    store = store_of(database)
    store.instruments.save([an_instrument(BTC), an_instrument(SIMULATED)])
    hour = TimeSpan(START, START + Timeframe.H1.duration)
    store_exchange_candles(
        store.candles,
        BTC,
        Timeframe.M1,
        [an_exchange_candle(60 * minute) for minute in range(60)],
        [hour],
    )
    bots = SqlBotRepository(database)
    service = BotCommandService(bots, store.instruments, InMemoryBus(), SystemClock(), "test")
    service.create(read_bot(BOT | {"name": "kept"}))
