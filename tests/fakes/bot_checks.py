"""Replays without a process."""

from datetime import UTC, datetime

from dashboard.bots.ports import BotChecks, BotVerdict
from tests.fakes.bots import InMemoryBotRepository, InMemoryLedgerRepository
from tests.fakes.signals import InMemorySignalRepository
from tests.fakes.store import InMemoryStore
from tests.fakes.trades import InMemoryTradeRepository


class InlineChecks(BotChecks):
    """Replays over the store in memory."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    async def check(self, name: str) -> BotVerdict:
        # It loads the compiler, which few tests need.
        from bot_manager.checking import Checker

        found = Checker(
            InMemoryBotRepository(self._store),
            InMemoryLedgerRepository(self._store),
            InMemoryTradeRepository(self._store),
            InMemorySignalRepository(self._store),
        ).verify(name)
        return BotVerdict(
            bot=name,
            checked_at=datetime.now(UTC),
            identical=found.identical,
            orders=found.orders,
            marks=found.marks,
            digest=found.stored_digest,
            difference=found.difference,
        )

    def close(self) -> None:
        """Nothing runs."""
