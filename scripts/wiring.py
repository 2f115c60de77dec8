"""Composition: open connections and repositories from settings. Only entry points do this."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from backtesting.archive.ports import BacktestRepository
from backtesting.sweeps.ports import TrialRepository
from config import SecretUrl, Settings
from data.ports import (
    CandleRepository,
    CollectorStatusRepository,
    HistoryRequestRepository,
    HoleRepository,
    InstrumentDataRepository,
    InstrumentRepository,
    SealRepository,
    TradeRepository,
)
from database import (
    SqlBacktestRepository,
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlHistoryRequestRepository,
    SqlHoleRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
    open_database,
)
from database.repositories.audit import SqlAuditRepository
from database.repositories.instrument_data import SqlInstrumentDataRepository
from database.repositories.seals import SqlSealRepository
from database.sweeps import SqlTrialRepository
from utils.audit import AuditRepository
from utils.errors import ConfigError
from utils.files.private_files import data_folder
from utils.log import LogConfig, configure_logging
from utils.supervision import RestartRequests

if TYPE_CHECKING:
    from strategies.charts.ports import ChartLayoutRepository
    from strategies.ports import RequestRepository, SignalRepository, StrategyRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Every repository over one database."""

    instruments: InstrumentRepository
    trades: TradeRepository
    holes: HoleRepository
    candles: CandleRepository
    history_requests: HistoryRequestRepository
    collectors: CollectorStatusRepository
    backtests: BacktestRepository
    trials: TrialRepository
    connections_in_use: Callable[[], int]
    audit: AuditRepository
    seals: SealRepository
    instrument_data: InstrumentDataRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalStores:
    """The repositories of signals, their requests, strategies, and chart layouts."""

    layouts: "ChartLayoutRepository"
    requests: "RequestRepository"
    signals: "SignalRepository"
    strategies: "StrategyRepository"


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """Open the repositories; their connections close with the block. Raises ConfigError."""
    database = open_database(database_url(settings), pool_size=settings.database.pool_size)
    try:
        yield Store(
            instruments=SqlInstrumentRepository(database),
            trades=SqlTradeRepository(database),
            holes=SqlHoleRepository(database),
            candles=SqlCandleRepository(database),
            history_requests=SqlHistoryRequestRepository(database),
            collectors=SqlCollectorStatusRepository(database),
            backtests=SqlBacktestRepository(database),
            trials=SqlTrialRepository(database),
            connections_in_use=lambda: database.connections_in_use,
            audit=SqlAuditRepository(database),
            seals=SqlSealRepository(database),
            instrument_data=SqlInstrumentDataRepository(database),
        )
    finally:
        database.close()


@contextmanager
def open_signal_stores(settings: Settings) -> Iterator["SignalStores"]:
    """Open the stores of strategies and charts for the dashboard. Raises ConfigError."""
    # These imports load the catalog of indicators, which most processes do not need.
    from database.repositories.chart_layouts import SqlChartLayoutRepository
    from database.signals import SqlRequestRepository, SqlSignalRepository, SqlStrategyRepository

    database = open_database(database_url(settings), pool_size=settings.database.pool_size)
    try:
        yield SignalStores(
            layouts=SqlChartLayoutRepository(database),
            requests=SqlRequestRepository(database),
            signals=SqlSignalRepository(database),
            strategies=SqlStrategyRepository(database),
        )
    finally:
        database.close()


def database_url(settings: Settings) -> str:
    """Return the URL of the database. Raises ConfigError if it is not set."""
    return _required_url(settings.database.url, "DATABASE_URL")


def redis_url(settings: Settings) -> str:
    """Return the URL of Redis. Raises ConfigError if it is not set."""
    return _required_url(settings.redis.url, "REDIS_URL")


def with_servers(settings: Settings, *, database_url: str, redis_url: str) -> Settings:
    """Return the settings with the addresses of servers that were started or found."""
    return settings.model_copy(
        update={
            "database": settings.database.model_copy(update={"url": SecretUrl(database_url)}),
            "redis": settings.redis.model_copy(update={"url": SecretUrl(redis_url)}),
        }
    )


def with_data_dir(settings: Settings, data_dir: Path) -> Settings:
    """Return the settings with another data directory."""
    folders = settings.folders.model_copy(update={"data_dir": data_dir})
    return settings.model_copy(update={"folders": folders})


def restart_requests(settings: Settings) -> RestartRequests:
    """Return the restart requests, which supervisors take."""
    return RestartRequests(settings.folders.data_dir / "restarts")


def start_logging(settings: Settings, process: str) -> None:
    """Send this process's logs to the console and to its file in `<data_dir>/log`."""
    log = settings.log
    data_dir = settings.folders.data_dir
    try:
        data_folder(data_dir)
    except OSError as error:
        problem = f"{data_dir} cannot be made ({error.strerror}); choose another directory"
        raise ConfigError("DATA_DIR", problem=problem) from error
    configure_logging(
        LogConfig(
            process=process,
            folder=data_dir / "log",
            level=log.level,
            levels=log.levels,
            max_file_bytes=int(log.max_file_mb * 1_000_000),
            keep_days=log.keep_days,
            max_total_bytes=int(log.max_total_mb * 1_000_000),
            secrets=frozenset(_secrets(settings)),
        )
    )


def _secrets(settings: Settings) -> Iterator[str]:
    for url in (settings.database.url, settings.redis.url):
        password = urlsplit(url.reveal()).password if url else None
        if password:
            yield unquote(password)
    given = settings.alerts
    for secret in (
        settings.dashboard.password_hash,
        given.webhook_url,
        given.discord_url,
        given.telegram_token,
        given.mail_password,
    ):
        if secret:
            yield secret.reveal()


def _required_url(url: SecretUrl | None, variable: str) -> str:
    if url is None:
        raise ConfigError(
            variable, problem="is not set, and no platform runs here; start one: uv run main.py"
        )
    return url.reveal()
