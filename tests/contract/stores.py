"""One store of each kind, behind the ports."""

from collections.abc import Callable
from dataclasses import dataclass

from backtesting.ports import BacktestRepository
from data.ports import (
    CandleRepository,
    CollectorStatusRepository,
    HoleRepository,
    InstrumentRepository,
    TradeRepository,
)
from database import (
    Database,
    SqlBacktestRepository,
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlHoleRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
)
from tests.fakes import (
    InMemoryBacktestRepository,
    InMemoryCandleRepository,
    InMemoryCollectorStatusRepository,
    InMemoryHoleRepository,
    InMemoryInstrumentRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)

PAGE_ROWS = 3
"""So few rows are a page here that tests see several."""
CLAIM_WAIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Every repository over one store; `again` makes new ones over it, as another process would."""

    instruments: InstrumentRepository
    trades: TradeRepository
    holes: HoleRepository
    candles: CandleRepository
    statuses: CollectorStatusRepository
    backtests: BacktestRepository
    again: "Callable[[], Stores]"


def memory_stores(store: InMemoryStore) -> Stores:
    """Return the fakes."""
    return Stores(
        instruments=InMemoryInstrumentRepository(store),
        trades=InMemoryTradeRepository(store, page_rows=PAGE_ROWS),
        holes=InMemoryHoleRepository(store),
        candles=InMemoryCandleRepository(store),
        statuses=InMemoryCollectorStatusRepository(store),
        backtests=InMemoryBacktestRepository(store),
        again=lambda: memory_stores(store),
    )


def sql_stores(database: Database) -> Stores:
    """Return the repositories on PostgreSQL."""
    return Stores(
        instruments=SqlInstrumentRepository(database),
        trades=SqlTradeRepository(database, page_rows=PAGE_ROWS, claim_wait_s=CLAIM_WAIT_S),
        holes=SqlHoleRepository(database),
        candles=SqlCandleRepository(database),
        statuses=SqlCollectorStatusRepository(database),
        backtests=SqlBacktestRepository(database),
        again=lambda: sql_stores(database),
    )
