"""The cached counts of a bot's closed round trips."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec
import pytest

from bot_manager.domain.ports import LedgerStep
from bot_manager.reporting.fleet import RoundTripCount
from dashboard.features.bots.services import RoundTripIndex
from tests.fakes import (
    InMemoryBotRepository,
    InMemoryFleetRepository,
    InMemoryLedgerRepository,
    InMemoryStore,
)
from tests.unit.bot_manager.bot_builders import a_version, an_order


class RecordingFleet(InMemoryFleetRepository):
    """Records the exits after which each read starts."""

    requested: list[dict[str, int]]

    def closed_round_trips(self, after: Mapping[str, int]) -> dict[str, RoundTripCount]:
        self.requested = [*getattr(self, "requested", []), dict(after)]
        return super().closed_round_trips(after)


@pytest.fixture
def store() -> InMemoryStore:
    store = InMemoryStore()
    InMemoryBotRepository(store).create(a_version("alice"))
    return store


def trade(store: InMemoryStore, first: int, realised: str) -> None:
    """Open and close a position."""
    leaving = msgspec.structs.replace(an_order(first + 1), realised=Decimal(realised))
    step = LedgerStep(orders=(an_order(first), leaving))
    InMemoryLedgerRepository(store).commit(step)


def test_only_what_was_closed_since_is_read(store: InMemoryStore) -> None:
    fleet = RecordingFleet(store)
    index = RoundTripIndex(fleet)
    trade(store, 0, "5")
    index.refresh(["alice"])
    trade(store, 2, "-5")
    index.refresh(["alice"])
    index.refresh(["alice"])
    assert [requested["alice"] for requested in fleet.requested] == [-1, 1, 3]
    assert index.of("alice") == RoundTripCount(closed=2, won=1, last_exit=3)


def test_unknown_bots_have_no_closed_round_trips(store: InMemoryStore) -> None:
    assert RoundTripIndex(InMemoryFleetRepository(store)).of("alice") == RoundTripCount()
