"""Stores in memory behind the ports of `data`; they pass the same contract suite as PostgreSQL."""

from tests.fakes.backtests import InMemoryBacktestRepository
from tests.fakes.candles import InMemoryCandleRepository
from tests.fakes.facts import (
    InMemoryCollectorStatusRepository,
    InMemoryHoleRepository,
    InMemoryInstrumentRepository,
)
from tests.fakes.store import InMemoryStore
from tests.fakes.trades import InMemoryTapeWriter, InMemoryTradeRepository

__all__ = [
    "InMemoryBacktestRepository",
    "InMemoryCandleRepository",
    "InMemoryCollectorStatusRepository",
    "InMemoryHoleRepository",
    "InMemoryInstrumentRepository",
    "InMemoryStore",
    "InMemoryTapeWriter",
    "InMemoryTradeRepository",
]
