"""Every bot is verified once a day, and a fault of one bot does not affect others."""

from random import Random
from threading import Event

import msgspec
import pytest

from bot_manager.domain.lifecycle import ACTIVE, BotState, LifecycleEvent
from bot_manager.verification.scheduler import BotVerificationScheduler, BotVerificationSettings
from data import Cursor
from tests.builders import BTC
from tests.laws.bot_world import BotWorld

DAY_S = 86_400


@pytest.fixture
def world() -> BotWorld:
    world = BotWorld(Random(3), instruments=(BTC,))
    for name in ("ann", "bob", "cid"):
        world.create(name, strategy="Moody", timeframe="1m")
    for name in ("ann", "bob"):
        world.request(name, LifecycleEvent.START)
    for _ in range(10):
        world.trade(9)
        world.settle()
    return world


def scheduler(world: BotWorld) -> BotVerificationScheduler:
    return BotVerificationScheduler(
        world.stores.bots,
        world.verifications,
        world.checker,
        world.clock,
        BotVerificationSettings(),
    )


def test_a_bot_is_verified_first_soon_then_once_a_day(world: BotWorld) -> None:
    scheduled = scheduler(world)
    world.clock.advance(BotVerificationSettings().first_after.total_seconds())
    assert scheduled.due() == ["ann", "bob"]
    assert [verification.identical for verification in scheduled.turn(Event())] == [True, True]
    assert scheduled.due() == []
    world.clock.advance(DAY_S)
    assert scheduled.due() == ["ann", "bob"]


def test_a_verification_starts_where_the_last_one_ended(world: BotWorld) -> None:
    first = scheduler(world).verify_next("ann")
    world.trade(60)
    world.settle()
    second = scheduler(world).verify_next("ann")
    assert first.since is None
    assert (second.since, second.number) == (first.anchor and first.anchor.cursor, 2)
    assert second.identical
    assert second.orders + first.orders == len(world.stored("ann").orders)


def test_a_bot_at_rest_is_verified_to_its_end_and_then_left_alone(world: BotWorld) -> None:
    world.request("ann", LifecycleEvent.KEEP)
    world.settle()
    assert world.states()["ann"] is BotState.STOPPED
    scheduled = scheduler(world)
    assert scheduled.verify_next("ann").settled
    world.clock.advance(2 * DAY_S)
    assert scheduled.due() == ["bob"]


def test_until_it_is_verified_the_tape_of_a_bot_is_needed(world: BotWorld) -> None:
    before = world.verifications.required_tape()[BTC]
    for name in ("ann", "bob"):
        scheduler(world).verify_next(name)
    after = world.verifications.required_tape()[BTC]
    assert isinstance(before, Cursor)
    assert after > before


def test_what_differs_is_kept_and_gives_no_anchor(world: BotWorld) -> None:
    marks = world.store.bots["ann"].marks
    marks[2] = msgspec.structs.replace(marks[2], equity=marks[2].equity + 1)
    verification = scheduler(world).verify_next("ann")
    assert (verification.identical, verification.anchor, verification.settled) == (
        False,
        None,
        False,
    )
    assert "equity is" in verification.difference
    assert world.verifications.latest()["ann"] == verification


def test_a_bot_that_cannot_be_stored_fails_alone(world: BotWorld) -> None:
    world.store.refused = {"ann"}
    for _ in range(20):
        world.trade(20)
        world.settle()
    assert world.states()["ann"] is BotState.FAILED
    # Running or degraded: the tape may be ahead of the evaluation.
    assert world.states()["bob"] in ACTIVE
    reason = world.stores.bots.transitions("ann")[-1].reason
    assert reason.startswith("its orders and marks cannot be stored")
    world.store.refused = set()
    for name in ("ann", "bob"):
        assert world.stored(name).digest == world.replayed(name).digest
    world.request("ann", LifecycleEvent.START)
    for _ in range(20):
        world.trade(20)
        world.settle()
    assert world.states()["ann"] in ACTIVE
    assert world.stored("ann").digest == world.replayed("ann").digest
