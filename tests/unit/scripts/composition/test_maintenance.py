"""The maintenance of a store: the marks of each bot are thinned on their own."""

from datetime import datetime, timedelta
from decimal import Decimal

from bot_manager.domain.ledger import EquityMark
from bot_manager.domain.ports import LedgerStep
from data.retention import CandleRules, TapeRules
from data.retention.day_verification import DayVerifier
from data.retention.job import RetentionJob
from database import open_database
from scripts.composition.maintenance import StoreMaintenance
from tests.builders import START, at
from tests.fakes import (
    InMemoryBotRepository,
    InMemoryCandleRepository,
    InMemoryHoleRepository,
    InMemoryLedgerRepository,
    InMemoryRetentionRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)
from tests.unit.bot_manager.bot_builders import a_version
from utils.clock import ManualClock
from utils.errors import ServiceFault
from utils.isolation import Isolation, ItemFailures

NOW = START + timedelta(days=40)


class DamagedLedger(InMemoryLedgerRepository):
    """A ledger in which the marks of alice cannot be read."""

    def thin_equity(self, bot: str, before: datetime) -> int:
        if bot == "alice":
            raise ServiceFault("invalid page in block 7")
        return super().thin_equity(bot, before)


def a_maintenance(store: InMemoryStore, failures: ItemFailures) -> StoreMaintenance:
    """Return the maintenance of a store in memory; its database is never used."""
    repository, clock = InMemoryRetentionRepository(store), ManualClock(NOW)
    verifier = DayVerifier(
        repository,
        InMemoryTradeRepository(store),
        InMemoryHoleRepository(store),
        InMemoryCandleRepository(store),
    )
    return StoreMaintenance(
        database=open_database("postgresql://nobody@127.0.0.1:1/none"),
        retention=RetentionJob(
            repository,
            verifier,
            TapeRules(),
            CandleRules(),
            dict,
            lambda: None,
            Isolation("retention", clock, failures),
        ),
        ledger=DamagedLedger(store),
        thin_after=timedelta(days=30),
        thinning=Isolation("equity of bot", clock, failures),
    )


def test_a_bot_whose_equity_cannot_be_thinned_is_named_and_delays_no_other() -> None:
    store, failures = InMemoryStore(), ItemFailures()
    ledger = InMemoryLedgerRepository(store)
    for bot in ("alice", "bob"):
        InMemoryBotRepository(store).create(a_version(bot))
        marks = tuple(
            EquityMark(bot=bot, time=at(60 * minute), equity=Decimal(50), position_value=Decimal(0))
            for minute in range(1, 100)
        )
        ledger.commit(LedgerStep(marks=marks))
    report = a_maintenance(store, failures).apply(NOW)
    assert [one.step for one in report.failed] == ["thinning equity of alice"]
    assert failures.problems().keys() == {"equity of bot alice"}
    assert ledger.unthinned(NOW) == ["alice"]
    assert report.marks > 90
