"""The repositories and the bus that a collector needs."""

from dataclasses import dataclass

from data.ports import (
    CandleRepository,
    CollectorStatusRepository,
    HistoryRequestRepository,
    HoleRepository,
    InstrumentRepository,
    TradeRepository,
)
from utils.messaging import Bus


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorStore:
    """The repositories and the bus of one collector process. Safe to use from several threads."""

    instruments: InstrumentRepository
    trades: TradeRepository
    holes: HoleRepository
    candles: CandleRepository
    history_requests: HistoryRequestRepository
    statuses: CollectorStatusRepository
    bus: Bus
