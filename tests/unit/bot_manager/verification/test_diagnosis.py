"""A replay that differs is explained: each cause by its own evidence."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import msgspec
import pytest

from bot_manager.domain.journal import CommandAccepted
from bot_manager.domain.lifecycle import LifecycleEvent
from bot_manager.domain.verification import Cause
from bot_manager.trading import OrderReason
from bot_manager.verification.verifier import BotVerifier, BotVerifierStores
from data import aggregate
from tests.fakes import InMemoryCandleRepository
from tests.laws.bot_world import BotWorld

NAME = "ann"


@pytest.fixture
def world() -> BotWorld:
    """Return a world in which a bot has orders from signals and from a command."""
    world = BotWorld(Random(11))
    still = {"exits": {}, "protections": {}, "latency_ms": 0, "costs": {}, "capital": "1000"}
    world.create(NAME, strategy="Moody", timeframe="1m", **still)
    world.request(NAME, LifecycleEvent.START)
    for _ in range(40):
        world.trade(9)
        world.evaluate()
        world.turn()
    world.settle()
    while not world.stores.ledger.checkpoints([NAME])[NAME].state["size"]:
        world.trade(9)
        world.settle()
    world.request(NAME, LifecycleEvent.FLATTEN)
    world.turn()
    for _ in range(20):
        world.trade(5)
        world.settle()
    assert any(order.reason is OrderReason.FLATTEN for order in world.stored(NAME).orders)
    return world


def found(world: BotWorld, code: str = "") -> tuple[Cause, str]:
    """Verify the bot with the candles that were announced."""
    stores = BotVerifierStores(
        bots=world.stores.bots,
        ledger=world.stores.ledger,
        trades=world.stores.trades,
        candles=InMemoryCandleRepository(world.store),
        signals=world.stores.signals,
        verifications=world.verifications,
    )
    verification = BotVerifier(stores, code).verify(NAME, world.clock.now())
    assert not verification.identical
    return verification.cause, verification.difference


def a_print_changes(world: BotWorld) -> None:
    order = world.stored(NAME).orders[2]
    instrument = world.stores.bots.versions(NAME)[0].config.instrument_id
    tape = world.store.tape(instrument).on_tape
    tape[order.trade_id] = msgspec.structs.replace(tape[order.trade_id], price=order.price * 2)


def a_print_is_gone(world: BotWorld) -> None:
    order = world.stored(NAME).orders[2]
    instrument = world.stores.bots.versions(NAME)[0].config.instrument_id
    del world.store.tape(instrument).on_tape[order.trade_id]


def a_signal_is_gone(world: BotWorld) -> None:
    [group] = world.store.groups.values()
    order = next(o for o in world.stored(NAME).orders if o.reason is OrderReason.SIGNAL)
    group.signals = [one for one in group.signals if one.close_time > order.time]


def the_configuration_changes(world: BotWorld) -> None:
    versions = world.store.bots[NAME].versions
    config = versions[0].config.model_copy(update={"capital": versions[0].config.capital * 2})
    versions[0] = replace(versions[0], config=config)


def a_command_is_gone(world: BotWorld) -> None:
    stored = world.store.bots[NAME]
    stored.journal = [
        one for one in stored.journal if not isinstance(one.decision, CommandAccepted)
    ]


def an_order_is_gone(world: BotWorld) -> None:
    del world.store.bots[NAME].orders[3]


def an_order_was_another(world: BotWorld) -> None:
    orders = world.store.bots[NAME].orders
    orders[3] = msgspec.structs.replace(orders[3], fee=orders[3].fee + 1)


@pytest.mark.parametrize(
    ("tamper", "cause", "message"),
    [
        (a_print_changes, Cause.DATA, "was"),
        (a_print_is_gone, Cause.DATA, "not on the tape any more"),
        (a_signal_is_gone, Cause.DATA, "no stored signal caused it"),
        (the_configuration_changes, Cause.CONFIG, "version 1 of its configuration was changed"),
        (a_command_is_gone, Cause.COMMAND, "other commands than those that took effect"),
        (an_order_is_gone, Cause.DATA, "order 3 is missing from the ledger"),
        (an_order_was_another, Cause.CODE, "fee is"),
    ],
)
def test_the_first_difference_is_explained(
    world: BotWorld, tamper: Callable[[BotWorld], None], cause: Cause, message: str
) -> None:
    tamper(world)
    assert found(world)[0] is cause
    assert message in found(world)[1]


def test_another_code_is_named(world: BotWorld) -> None:
    an_order_was_another(world)
    assert "code new" in found(world, code="new")[1]


def test_a_candle_shows_that_its_trades_differ(world: BotWorld) -> None:
    instrument = world.stores.bots.versions(NAME)[0].config.instrument_id
    tape = world.store.tape(instrument).on_tape
    timeframe = world.stores.bots.versions(NAME)[0].config.timeframe
    InMemoryCandleRepository(world.store).save(
        aggregate(instrument, [timeframe], sorted(tape.values(), key=lambda one: one.trade_id))
    )
    orders = {order.trade_id for order in world.stored(NAME).orders}
    held = [mark for mark in world.stored(NAME).marks if mark.position_value]
    closing = [[one for one in tape.values() if one.time < mark.time][-1] for mark in held]
    last = next(one for one in closing if one.trade_id not in orders)
    tape[last.trade_id] = msgspec.structs.replace(last, price=last.price * 2)
    cause, message = found(world)
    assert cause is Cause.DATA
    assert "differs from its trades" in message
