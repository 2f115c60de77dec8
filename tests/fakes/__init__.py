"""In-memory stores behind the ports; they pass the same contract suite as PostgreSQL."""

from tests.fakes.alerts import InMemoryAlertRepository
from tests.fakes.audit import InMemoryAuditRepository
from tests.fakes.backtests import InMemoryBacktestRepository
from tests.fakes.bots import (
    InMemoryBotRepository,
    InMemoryBotVerificationRepository,
    InMemoryLedgerRepository,
)
from tests.fakes.candles import InMemoryCandleRepository
from tests.fakes.chart_layouts import InMemoryChartLayoutRepository
from tests.fakes.fleet import InMemoryFleetRepository
from tests.fakes.instrument_data import InMemoryInstrumentDataRepository
from tests.fakes.instruments import (
    InMemoryCollectorStatusRepository,
    InMemoryHistoryRequestRepository,
    InMemoryHoleRepository,
    InMemoryInstrumentRepository,
)
from tests.fakes.retention import InMemoryRetentionRepository
from tests.fakes.seals import InMemorySealRepository
from tests.fakes.signals import (
    InMemoryRequestRepository,
    InMemorySignalRepository,
    InMemoryStrategyRepository,
)
from tests.fakes.store import InMemoryStore
from tests.fakes.telemetry import InMemoryTelemetryRepository
from tests.fakes.trades import InMemoryTapeWriter, InMemoryTradeRepository

__all__ = [
    "InMemoryAlertRepository",
    "InMemoryAuditRepository",
    "InMemoryBacktestRepository",
    "InMemoryBotRepository",
    "InMemoryBotVerificationRepository",
    "InMemoryCandleRepository",
    "InMemoryChartLayoutRepository",
    "InMemoryCollectorStatusRepository",
    "InMemoryFleetRepository",
    "InMemoryHistoryRequestRepository",
    "InMemoryHoleRepository",
    "InMemoryInstrumentDataRepository",
    "InMemoryInstrumentRepository",
    "InMemoryLedgerRepository",
    "InMemoryRequestRepository",
    "InMemoryRetentionRepository",
    "InMemorySealRepository",
    "InMemorySignalRepository",
    "InMemoryStore",
    "InMemoryStrategyRepository",
    "InMemoryTapeWriter",
    "InMemoryTelemetryRepository",
    "InMemoryTradeRepository",
]
