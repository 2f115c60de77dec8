"""Bot verification without a process."""

from datetime import UTC, datetime

from dashboard.bots.ports import BotVerificationResult, BotVerificationRunner
from tests.fakes.bots import (
    InMemoryBotRepository,
    InMemoryLedgerRepository,
    InMemoryVerificationRepository,
)
from tests.fakes.candles import InMemoryCandleRepository
from tests.fakes.signals import InMemorySignalRepository
from tests.fakes.store import InMemoryStore
from tests.fakes.trades import InMemoryTradeRepository


class InlineVerificationRunner(BotVerificationRunner):
    """Replays over the store in memory."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def check(self, name: str) -> BotVerificationResult:
        # Imports the compiler, which few tests need.
        from bot_manager.verification.verifier import BotVerifier, VerifierStores

        stores = VerifierStores(
            bots=InMemoryBotRepository(self._store),
            ledger=InMemoryLedgerRepository(self._store),
            trades=InMemoryTradeRepository(self._store),
            candles=InMemoryCandleRepository(self._store),
            signals=InMemorySignalRepository(self._store),
            proofs=InMemoryVerificationRepository(self._store),
        )
        found = BotVerifier(stores).verify(name, datetime.now(UTC))
        return BotVerificationResult(
            bot=name,
            verified_at=datetime.now(UTC),
            identical=found.identical,
            orders=found.orders,
            marks=found.marks,
            digest=found.stored_digest,
            cause=found.cause,
            difference=found.difference,
        )

    def close(self) -> None:
        """Do nothing."""
