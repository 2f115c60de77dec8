"""Composition: the stores and the verifier of bots, over one database."""

from typing import TYPE_CHECKING

from bot_manager.domain.ports import BotStores
from database import (
    Database,
    SqlCandleRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
)
from database.repositories.bots import SqlBotRepository
from database.repositories.ledger import SqlLedgerRepository
from database.repositories.signal_requests import SqlRequestRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.verifications import SqlBotVerificationRepository
from utils.compiled_cache import sources_digest

if TYPE_CHECKING:
    from bot_manager.verification.verifier import BotVerifier


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
    from bot_manager.verification.verifier import BotVerifier, BotVerifierStores

    stores = bot_stores(database)
    return BotVerifier(
        BotVerifierStores(
            bots=stores.bots,
            ledger=stores.ledger,
            trades=stores.trades,
            candles=SqlCandleRepository(database),
            signals=stores.signals,
            verifications=SqlBotVerificationRepository(database),
        ),
        code=sources_digest(),
    )
