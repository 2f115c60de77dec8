"""A collector's store in memory."""

from data.collectors.store import CollectorStore
from tests.fakes.candles import InMemoryCandleRepository
from tests.fakes.facts import (
    InMemoryCollectorStatusRepository,
    InMemoryHistoryWants,
    InMemoryHoleRepository,
    InMemoryInstrumentRepository,
)
from tests.fakes.store import InMemoryStore
from tests.fakes.trades import InMemoryTradeRepository
from utils.messaging import Bus, InMemoryBus


def collector_store(memory: InMemoryStore, bus: Bus | None = None) -> CollectorStore:
    """Return the repositories over `memory`, with a bus of their own unless one is given."""
    return CollectorStore(
        instruments=InMemoryInstrumentRepository(memory),
        trades=InMemoryTradeRepository(memory),
        holes=InMemoryHoleRepository(memory),
        candles=InMemoryCandleRepository(memory),
        wants=InMemoryHistoryWants(memory),
        statuses=InMemoryCollectorStatusRepository(memory),
        bus=bus or InMemoryBus(),
    )
