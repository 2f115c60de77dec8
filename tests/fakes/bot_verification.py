"""Bot verification without a process."""

from datetime import UTC, datetime

from dashboard.features.bots.verification import BotVerificationResult, verification_result_of
from tests.fakes.bots import (
    InMemoryBotRepository,
    InMemoryBotVerificationRepository,
    InMemoryLedgerRepository,
)
from tests.fakes.candles import InMemoryCandleRepository
from tests.fakes.signals import InMemorySignalRepository
from tests.fakes.store import InMemoryStore
from tests.fakes.trades import InMemoryTradeRepository


def replay_of(store: InMemoryStore, name: str) -> BotVerificationResult:
    """Replay a bot over the store in memory."""
    # Imports the compiler, which few tests need.
    from bot_manager.verification.verifier import BotVerifier, BotVerifierStores

    stores = BotVerifierStores(
        bots=InMemoryBotRepository(store),
        ledger=InMemoryLedgerRepository(store),
        trades=InMemoryTradeRepository(store),
        candles=InMemoryCandleRepository(store),
        signals=InMemorySignalRepository(store),
        verifications=InMemoryBotVerificationRepository(store),
    )
    now = datetime.now(UTC)
    return verification_result_of(BotVerifier(stores).verify(name, now), now)
