"""Composition: the stores and the verifier of bots, over one database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from bot_manager.domain.ports import BotStores
from config import Settings
from database import (
    Database,
    SqlCandleRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
    open_database,
)
from database.repositories.bots import SqlBotRepository
from database.repositories.ledger import SqlLedgerRepository
from database.repositories.signal_requests import SqlRequestRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.verifications import SqlVerificationRepository
from scripts.composition.servers import database_url
from utils.compiled_cache import sources_digest

if TYPE_CHECKING:
    from bot_manager.verification.verifier import BotVerifier


@contextmanager
def open_bot_database(settings: Settings) -> Iterator[Database]:
    """Open the database; its connections close with the block. Raises ConfigError."""
    pool_size = settings.database.pool_size
    with closing(open_database(database_url(settings), pool_size=pool_size)) as database:
        yield database


@contextmanager
def open_bot_stores(settings: Settings) -> Iterator[BotStores]:
    """Open the repositories; their connections close with the block. Raises ConfigError."""
    with open_bot_database(settings) as database:
        yield bot_stores(database)


def bot_stores(database: Database) -> BotStores:
    """Return the repositories over a database."""
    return BotStores(
        instruments=SqlInstrumentRepository(database),
        trades=SqlTradeRepository(database),
        requests=SqlRequestRepository(database),
        signals=SqlSignalRepository(database),
        bots=SqlBotRepository(database),
        ledger=SqlLedgerRepository(database),
    )


def bot_checker(database: Database) -> "BotVerifier":
    """Return the verifier of bots. Only for processes that chose the folder of compiled code."""
    # Imported here: it loads the compiler.
    from bot_manager.verification.verifier import BotVerifier, VerifierStores

    stores = bot_stores(database)
    return BotVerifier(
        VerifierStores(
            bots=stores.bots,
            ledger=stores.ledger,
            trades=stores.trades,
            candles=SqlCandleRepository(database),
            signals=stores.signals,
            verifications=SqlVerificationRepository(database),
        ),
        code=sources_digest(),
    )
