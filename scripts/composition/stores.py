"""Open the repositories over the database that settings name. Only entry points do this."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backtesting.archive.ports import BacktestRepository
from backtesting.sweeps.ports import TrialRepository
from config import Settings
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
    Database,
    SqlBacktestRepository,
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlHistoryRequestRepository,
    SqlHoleRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
)
from database.repositories.audit import SqlAuditRepository
from database.repositories.instrument_data import SqlInstrumentDataRepository
from database.repositories.seals import SqlSealRepository
from database.repositories.sweep_trials import SqlTrialRepository
from scripts.composition.database import open_process_database
from utils.audit import AuditRepository

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
    with open_process_database(settings) as database:
        yield store_of(database)


def store_of(database: Database) -> Store:
    """Return the repositories over a database."""
    return Store(
        instruments=SqlInstrumentRepository(database),
        trades=SqlTradeRepository(database),
        holes=SqlHoleRepository(database),
        candles=SqlCandleRepository(database),
        history_requests=SqlHistoryRequestRepository(database),
        collectors=SqlCollectorStatusRepository(database),
        backtests=SqlBacktestRepository(database),
        trials=SqlTrialRepository(database),
        audit=SqlAuditRepository(database),
        seals=SqlSealRepository(database),
        instrument_data=SqlInstrumentDataRepository(database),
    )


def signal_stores_of(database: Database) -> SignalStores:
    """Return the stores of strategies and charts over a database, for the dashboard."""
    # These imports load the catalog of indicators, which most processes do not need.
    from database.repositories.chart_layouts import SqlChartLayoutRepository
    from database.repositories.signal_requests import SqlRequestRepository
    from database.repositories.signals import SqlSignalRepository
    from database.repositories.strategies import SqlStrategyRepository

    return SignalStores(
        layouts=SqlChartLayoutRepository(database),
        requests=SqlRequestRepository(database),
        signals=SqlSignalRepository(database),
        strategies=SqlStrategyRepository(database),
    )
