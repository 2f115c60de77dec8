"""An error of one bot, read, started, commanded or folded, fails only this bot."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from bot_manager.domain.ports import BotStores
from bot_manager.runtime.manager import BotManager
from tests.builders import BTC, ETH
from tests.fakes import InMemoryBotRepository, InMemoryInstrumentRepository, InMemoryTradeRepository
from tests.fakes.bus import InMemoryBus
from tests.laws.bot_world import RULES, BotWorld, stores_over
from utils.errors import ConfigError
from utils.isolation import ItemFailures


class _OneUnreadable(InMemoryBotRepository):
    """The stored configuration of mallory is out of bounds."""

    error: Exception = ConfigError("stored", field="capital", problem="must be below 1e18")

    def versions(self, name: str) -> Any:
        if name == "mallory":
            raise self.error
        return super().versions(name)


class _OneTapeFails(InMemoryTradeRepository):
    """The tape of ETH raises an unexpected error."""

    def after(self, instrument: Any, *args: Any) -> Any:
        if instrument == ETH:
            raise ArithmeticError("out of reach")
        return super().after(instrument, *args)


class _OneInstrumentFails(InMemoryInstrumentRepository):
    """Reading ETH raises an unexpected error."""

    def get(self, name: Any) -> Any:
        if name == ETH:
            raise OverflowError("too large")
        return super().get(name)


def world_of(**bots: Any) -> BotWorld:
    world = BotWorld(Random(5))
    for name, instrument in bots.items():
        world.create(name, instrument=str(instrument), strategy="Steady")
        world.request(name, LifecycleEvent.START)
    return world


def with_stores(world: BotWorld, failures: ItemFailures, **stores: Any) -> None:
    all_stores: BotStores = replace(stores_over(world.store), **stores)
    world.manager = BotManager(all_stores, InMemoryBus(), world.clock, RULES, failures=failures)


def run(world: BotWorld) -> None:
    for _ in range(200):
        world.trade(1)
        world.settle()
        transitions = world.stores.bots.transitions("alice")
        if any(one.event is LifecycleEvent.OPENED for one in transitions):
            return
    raise AssertionError(world.states())


@pytest.mark.parametrize("error", [_OneUnreadable.error, OverflowError("date value out of range")])
def test_a_bot_that_cannot_be_read_fails_and_the_others_run(error: Exception) -> None:
    world, failures = world_of(alice=BTC, mallory=BTC), ItemFailures()
    bots = _OneUnreadable(world.store)
    bots.error = error
    with_stores(world, failures, bots=bots)
    run(world)
    mallory = world.stores.bots.get("mallory")
    assert mallory is not None
    assert mallory.state is BotState.FAILED
    assert str(error) in mallory.reason
    world.request("mallory", LifecycleEvent.START)
    world.settle()
    assert world.states()["mallory"] is BotState.FAILED
    assert world.states()["alice"] is not BotState.FAILED
    assert failures.problems() == {}


def test_a_bot_that_cannot_start_fails_and_the_others_run() -> None:
    world, failures = world_of(alice=BTC, mallory=ETH), ItemFailures()
    with_stores(world, failures, instruments=_OneInstrumentFails(world.store))
    run(world)
    mallory = world.stores.bots.get("mallory")
    assert mallory is not None
    assert (mallory.state, mallory.reason) == (
        BotState.FAILED,
        "cannot be started: OverflowError: too large",
    )


def test_a_group_that_cannot_be_folded_is_named_and_the_others_run() -> None:
    world, failures = world_of(alice=BTC, mallory=ETH), ItemFailures()
    with_stores(world, failures, trades=_OneTapeFails(world.store))
    run(world)
    (problem,) = failures.problems().items()
    assert problem[0].startswith("bots group ")
    assert problem[1] == "ArithmeticError: out of reach"
