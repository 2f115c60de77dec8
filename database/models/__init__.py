"""The tables as ORM rows, private to the package `database`."""

from database.models.alerts import AlertDeliveryRow, AlertMuteRow, AlertRow
from database.models.audit import AuditRow
from database.models.backtest import BacktestEquityRow, BacktestRoundTripRow, BacktestRow
from database.models.base import Base
from database.models.bots import (
    BotAccountRow,
    BotCommandRow,
    BotEquityRow,
    BotGroupRow,
    BotJournalRow,
    BotOrderRow,
    BotRow,
    BotTransitionRow,
    BotVerificationRow,
    BotVersionRow,
    FleetCommandRow,
)
from database.models.candle import (
    SOURCE_CODES,
    CandleCheckRow,
    CandleRow,
    CoverageRow,
    HistoryRequestRow,
)
from database.models.chart_layout import ChartLayoutRow
from database.models.collector import CollectorStatusRow
from database.models.instrument import InstrumentRow
from database.models.retention import CandleEdgeRow, TapeDayRow
from database.models.signals import (
    SignalGroupRow,
    SignalRequestRow,
    SignalRow,
    SignalSkipRow,
    StrategyFileRow,
    StrategyVerificationRow,
)
from database.models.tape import (
    SIDE_CODES,
    HoleRow,
    LateSealRow,
    TapeEndRow,
    TapeSealRow,
    TradeRow,
)
from database.models.telemetry import (
    ProcessRow,
    TelemetryHistoryRow,
    TelemetrySampleRow,
    TelemetrySeriesRow,
)
from database.models.trial import SweepKeyRow, TrialRow

__all__ = [
    "SIDE_CODES",
    "SOURCE_CODES",
    "AlertDeliveryRow",
    "AlertMuteRow",
    "AlertRow",
    "AuditRow",
    "BacktestEquityRow",
    "BacktestRoundTripRow",
    "BacktestRow",
    "Base",
    "BotAccountRow",
    "BotCommandRow",
    "BotEquityRow",
    "BotGroupRow",
    "BotJournalRow",
    "BotOrderRow",
    "BotRow",
    "BotTransitionRow",
    "BotVerificationRow",
    "BotVersionRow",
    "CandleCheckRow",
    "CandleEdgeRow",
    "CandleRow",
    "ChartLayoutRow",
    "CollectorStatusRow",
    "CoverageRow",
    "FleetCommandRow",
    "HistoryRequestRow",
    "HoleRow",
    "InstrumentRow",
    "LateSealRow",
    "ProcessRow",
    "SignalGroupRow",
    "SignalRequestRow",
    "SignalRow",
    "SignalSkipRow",
    "StrategyFileRow",
    "StrategyVerificationRow",
    "SweepKeyRow",
    "TapeDayRow",
    "TapeEndRow",
    "TapeSealRow",
    "TelemetryHistoryRow",
    "TelemetrySampleRow",
    "TelemetrySeriesRow",
    "TradeRow",
    "TrialRow",
]
