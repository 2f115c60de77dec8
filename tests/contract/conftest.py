"""Fixtures: every adapter of each port, for the same tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from data.ports import TapeWriter
from database import Database, open_async_bus, open_bus, open_database
from database.migrate import migrate
from database.models import Base
from tests.builders import BTC, ETH
from tests.conftest import OUTSIDE_TIMESCALE
from tests.contract.stores import Stores, memory_stores, sql_stores
from tests.fakes import InMemoryStore
from tests.fakes.bus import InMemoryAsyncBus, InMemoryBus
from utils.messaging import AsyncBus, Bus


@pytest.fixture(scope="module")
def migrated_database(database_url: str) -> Iterator[Database]:
    """Yield a database with the platform's tables."""
    migrate(database_url)
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def timescale_database(timescale_url: str) -> Iterator[Database]:
    """Yield a database with the platform's tables, two of them hypertables."""
    migrate(timescale_url)
    database = open_database(timescale_url)
    yield database
    database.close()


# Tests of tables that become hypertables; the others use plain tables everywhere.
ON_HYPERTABLES = (
    "test_announced", "test_candles", "test_coverage", "test_retention", "test_tape_writer",
    "test_trades",
)  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip repeated tests, unless a real server with TimescaleDB is configured."""
    if OUTSIDE_TIMESCALE is not None:
        return
    left_out = [item for item in items if _only_repeats(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _only_repeats(item: pytest.Item) -> bool:
    is_here = item.path.parent == Path(__file__).parent
    is_marked = item.get_closest_marker("timescale") is not None
    return is_here and is_marked and item.path.stem not in ON_HYPERTABLES


STORES = (
    "memory",
    pytest.param("postgresql", marks=pytest.mark.integration),
    pytest.param("timescale", marks=pytest.mark.timescale),
)


@pytest.fixture(params=STORES)
def stores(request: pytest.FixtureRequest) -> Stores:
    """Return the repositories over an empty store of each kind."""
    if request.param == "memory":
        return memory_stores(InMemoryStore())
    if request.param == "postgresql":
        return sql_stores(request.getfixturevalue("empty_database"))
    if request.node.get_closest_marker("two_sessions") and OUTSIDE_TIMESCALE is None:
        pytest.skip("there is one session in the server in WebAssembly")
    return sql_stores(_emptied(request.getfixturevalue("timescale_database")))


@pytest.fixture
def empty_database(migrated_database: Database) -> Database:
    """Return a database whose tables are empty."""
    return _emptied(migrated_database)


def _emptied(database: Database) -> Database:
    with database.session("emptying the tables") as session:
        session.execute(text("SET LOCAL synchronous_commit = off"))
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    return database


@pytest.fixture
def writer(stores: Stores) -> Iterator[TapeWriter]:
    """Yield a writer that holds the locks of the tapes of BTC and ETH."""
    writer = stores.trades.open_writer()
    writer.claim([BTC, ETH])
    yield writer
    writer.close()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.integration)])
def bus(request: pytest.FixtureRequest, bus_prefix: str) -> Iterator[Bus]:
    """Yield a bus of each kind."""
    if request.param == "memory":
        bus: Bus = InMemoryBus()
    else:
        bus = open_bus(request.getfixturevalue("redis_url"), prefix=bus_prefix)
    yield bus
    bus.close()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.integration)])
async def async_bus(request: pytest.FixtureRequest, bus_prefix: str) -> AsyncIterator[AsyncBus]:
    """Yield a bus of each kind, for event loops."""
    if request.param == "memory":
        bus: AsyncBus = InMemoryAsyncBus(InMemoryBus())
    else:
        bus = open_async_bus(request.getfixturevalue("redis_url"), prefix=bus_prefix)
    yield bus
    await bus.close()
