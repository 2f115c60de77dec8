"""PostgreSQL and Redis behind the ports; no row, session or channel is visible above.

The other repositories, `database.migrate`, `database.probes` and `database.embedded` are imported
from their own modules: few processes need them, and some are slow to import.
"""

from database.engine import Database, open_database
from database.messaging.async_bus import RedisAsyncBus, open_async_bus
from database.messaging.bus import RedisBus, open_bus
from database.repositories.backtests import SqlBacktestRepository
from database.repositories.candles import SqlCandleRepository
from database.repositories.collector_status import SqlCollectorStatusRepository
from database.repositories.history_requests import SqlHistoryRequestRepository
from database.repositories.holes import SqlHoleRepository
from database.repositories.instruments import SqlInstrumentRepository
from database.repositories.trades import SqlTradeRepository

__all__ = [
    "Database",
    "RedisAsyncBus",
    "RedisBus",
    "SqlBacktestRepository",
    "SqlCandleRepository",
    "SqlCollectorStatusRepository",
    "SqlHistoryRequestRepository",
    "SqlHoleRepository",
    "SqlInstrumentRepository",
    "SqlTradeRepository",
    "open_async_bus",
    "open_bus",
    "open_database",
]
