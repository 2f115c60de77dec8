"""A collector's store in memory."""

from data.collectors.store import CollectorStore
from tests.builders import START
from tests.fakes.bus import InMemoryBus
from tests.fakes.candles import InMemoryCandleRepository
from tests.fakes.instruments import (
    InMemoryCollectorStatusRepository,
    InMemoryHistoryRequestRepository,
    InMemoryHoleRepository,
    InMemoryInstrumentRepository,
)
from tests.fakes.store import InMemoryStore
from tests.fakes.trades import InMemoryTradeRepository
from utils.clock import ManualClock
from utils.errors import ServiceUnavailable
from utils.isolation import Isolation, ItemFailures
from utils.messaging import Bus


def collector_store(memory: InMemoryStore, bus: Bus | None = None) -> CollectorStore:
    """Return the repositories over `memory`, with a bus of their own unless one is given."""
    return CollectorStore(
        instruments=InMemoryInstrumentRepository(memory),
        trades=InMemoryTradeRepository(memory),
        holes=InMemoryHoleRepository(memory),
        candles=InMemoryCandleRepository(memory),
        history_requests=InMemoryHistoryRequestRepository(memory),
        statuses=InMemoryCollectorStatusRepository(memory),
        bus=bus or InMemoryBus(),
    )


def an_isolation() -> Isolation:
    """Return the isolation of a collector's background work."""
    clock = ManualClock(START)
    return Isolation("past of", clock, ItemFailures(), passing=(ServiceUnavailable,))
