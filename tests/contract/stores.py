"""One store of each kind, behind the ports."""

from collections.abc import Callable
from dataclasses import dataclass

from backtesting.archive.ports import BacktestRepository
from bot_manager.domain.ports import BotRepository, BotVerificationRepository, LedgerRepository
from bot_manager.reporting.fleet import FleetRepository
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
from data.retention.ports import RetentionRepository
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
from database.repositories.alerts import SqlAlertRepository
from database.repositories.audit import SqlAuditRepository
from database.repositories.bots import SqlBotRepository
from database.repositories.chart_layouts import SqlChartLayoutRepository
from database.repositories.fleet import SqlFleetRepository
from database.repositories.instrument_data import SqlInstrumentDataRepository
from database.repositories.ledger import SqlLedgerRepository
from database.repositories.retention import SqlRetentionRepository
from database.repositories.seals import SqlSealRepository
from database.repositories.signal_requests import SqlRequestRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.strategies import SqlStrategyRepository
from database.repositories.telemetry import SqlTelemetryRepository
from database.repositories.verifications import SqlBotVerificationRepository
from strategies.charts.ports import ChartLayoutRepository
from strategies.ports import RequestRepository, SignalRepository, StrategyRepository
from tests.fakes import (
    InMemoryAlertRepository,
    InMemoryAuditRepository,
    InMemoryBacktestRepository,
    InMemoryBotRepository,
    InMemoryBotVerificationRepository,
    InMemoryCandleRepository,
    InMemoryChartLayoutRepository,
    InMemoryCollectorStatusRepository,
    InMemoryFleetRepository,
    InMemoryHistoryRequestRepository,
    InMemoryHoleRepository,
    InMemoryInstrumentDataRepository,
    InMemoryInstrumentRepository,
    InMemoryLedgerRepository,
    InMemoryRequestRepository,
    InMemoryRetentionRepository,
    InMemorySealRepository,
    InMemorySignalRepository,
    InMemoryStore,
    InMemoryStrategyRepository,
    InMemoryTelemetryRepository,
    InMemoryTradeRepository,
)
from utils.alerts import AlertRepository
from utils.audit import AuditRepository
from utils.telemetry import TelemetryRepository

PAGE_ROWS = 3
"""The page size in rows, small so that tests read several pages."""
CLAIM_WAIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Every repository over one store; `again` makes new ones over it, as another process would."""

    instruments: InstrumentRepository
    trades: TradeRepository
    holes: HoleRepository
    candles: CandleRepository
    history_requests: HistoryRequestRepository
    statuses: CollectorStatusRepository
    layouts: ChartLayoutRepository
    requests: RequestRepository
    signals: SignalRepository
    strategies: StrategyRepository
    backtests: BacktestRepository
    bots: BotRepository
    ledger: LedgerRepository
    fleet: FleetRepository
    verifications: BotVerificationRepository
    audit: AuditRepository
    telemetry: TelemetryRepository
    alerts: AlertRepository
    seals: SealRepository
    instrument_data: InstrumentDataRepository
    retention: RetentionRepository
    again: "Callable[[], Stores]"


def memory_stores(store: InMemoryStore) -> Stores:
    """Return the in-memory repositories."""
    return Stores(
        instruments=InMemoryInstrumentRepository(store),
        trades=InMemoryTradeRepository(store, page_rows=PAGE_ROWS),
        holes=InMemoryHoleRepository(store),
        candles=InMemoryCandleRepository(store),
        history_requests=InMemoryHistoryRequestRepository(store),
        statuses=InMemoryCollectorStatusRepository(store),
        layouts=InMemoryChartLayoutRepository(store),
        requests=InMemoryRequestRepository(store),
        signals=InMemorySignalRepository(store),
        strategies=InMemoryStrategyRepository(store),
        backtests=InMemoryBacktestRepository(store),
        bots=InMemoryBotRepository(store),
        ledger=InMemoryLedgerRepository(store),
        fleet=InMemoryFleetRepository(store),
        verifications=InMemoryBotVerificationRepository(store),
        audit=InMemoryAuditRepository(store),
        telemetry=InMemoryTelemetryRepository(store),
        alerts=InMemoryAlertRepository(store),
        seals=InMemorySealRepository(store),
        instrument_data=InMemoryInstrumentDataRepository(store),
        retention=InMemoryRetentionRepository(store),
        again=lambda: memory_stores(store),
    )


def sql_stores(database: Database) -> Stores:
    """Return the PostgreSQL repositories."""
    return Stores(
        instruments=SqlInstrumentRepository(database),
        trades=SqlTradeRepository(database, page_rows=PAGE_ROWS, claim_wait_s=CLAIM_WAIT_S),
        holes=SqlHoleRepository(database),
        candles=SqlCandleRepository(database),
        history_requests=SqlHistoryRequestRepository(database),
        statuses=SqlCollectorStatusRepository(database),
        layouts=SqlChartLayoutRepository(database),
        requests=SqlRequestRepository(database),
        signals=SqlSignalRepository(database),
        strategies=SqlStrategyRepository(database),
        backtests=SqlBacktestRepository(database),
        bots=SqlBotRepository(database),
        ledger=SqlLedgerRepository(database),
        fleet=SqlFleetRepository(database),
        verifications=SqlBotVerificationRepository(database),
        audit=SqlAuditRepository(database),
        telemetry=SqlTelemetryRepository(database),
        alerts=SqlAlertRepository(database),
        seals=SqlSealRepository(database, rows_at_a_time=PAGE_ROWS),
        instrument_data=SqlInstrumentDataRepository(database, claim_wait_s=CLAIM_WAIT_S),
        retention=SqlRetentionRepository(database, rows_at_a_time=PAGE_ROWS),
        again=lambda: sql_stores(database),
    )
