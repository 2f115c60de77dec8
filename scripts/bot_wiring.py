"""Composition: everything that lets bots live, or is asked about them, over one database."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot_manager.service.stores import BotStores
from config import Settings
from database import SqlInstrumentRepository, SqlTradeRepository, open_database
from database.bots import SqlBotRepository, SqlLedgerRepository
from database.signals import SqlRequestRepository, SqlSignalRepository
from scripts.wiring import database_url


@contextmanager
def open_bot_stores(settings: Settings) -> Iterator[BotStores]:
    """Open the repositories; their connections close with the block. Raises ConfigError."""
    database = open_database(database_url(settings), pool_size=settings.database.pool_size)
    try:
        yield BotStores(
            instruments=SqlInstrumentRepository(database),
            trades=SqlTradeRepository(database),
            requests=SqlRequestRepository(database),
            signals=SqlSignalRepository(database),
            bots=SqlBotRepository(database),
            ledger=SqlLedgerRepository(database),
        )
    finally:
        database.close()
