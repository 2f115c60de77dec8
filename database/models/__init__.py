"""The tables as ORM rows, private to the package `database`."""

from database.models.alerts import AlertDeliveryRow, AlertMuteRow, AlertRow
from database.models.backtest import (
    BacktestEquityRow,
    BacktestRoundTripRow,
    BacktestRow,
    SweepKeyRow,
    TrialRow,
)
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
    CandleEdgeRow,
    CandleRow,
    CoverageRow,
    HistoryRequestRow,
)
from database.models.dashboard import AuditRow, ChartLayoutRow
from database.models.instrument import InstrumentRow
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
    TapeDayRow,
    TapeEndRow,
    TapeSealRow,
    TradeRow,
)
from database.models.telemetry import (
    CollectorStatusRow,
    ProcessRow,
    TelemetryHistoryRow,
    TelemetrySampleRow,
    TelemetrySeriesRow,
)

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
