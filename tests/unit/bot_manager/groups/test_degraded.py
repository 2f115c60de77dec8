"""A bot without trades is degraded, recovers, and always shows the reason."""

from random import Random

import msgspec
import pytest

from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from bot_manager.domain.status import BotStatus
from bot_manager.groups.degradation import delisted_reason
from data import InstrumentState
from tests.builders import BTC, ETH, START, an_instrument
from tests.laws.bot_world import EVER, RULES, BotWorld


def alice(world: BotWorld) -> BotStatus:
    status = world.stores.bots.get("alice")
    assert status is not None
    return status


def running_world() -> BotWorld:
    world = BotWorld(Random(5), instruments=(BTC,))
    world.create("alice", instrument=str(BTC), strategy="Steady")
    world.request("alice", LifecycleEvent.START)
    trades_until(world, BotState.RUNNING)
    return world


def trades_until(world: BotWorld, state: BotState) -> None:
    for _ in range(200):
        world.trade(1)
        world.settle()
        if alice(world).state is state:
            return
    raise AssertionError(f"never {state}: {alice(world)}")


@pytest.fixture
def silent() -> BotWorld:
    """Return a world without trades for too long."""
    world = running_world()
    world.clock.advance(RULES.stale_after_s + 1)
    world.settle()
    return world


def test_silence_is_a_state_and_trading_ends_it(silent: BotWorld) -> None:
    assert alice(silent).state is BotState.DEGRADED
    assert alice(silent).reason.startswith("no trade since 2025-")
    trades_until(silent, BotState.RUNNING)
    assert alice(silent).reason == "feed and strategy are current again"


def test_a_command_hides_no_degradation(silent: BotWorld) -> None:
    before = alice(silent)
    silent.clock.advance(5)
    silent.request("alice", LifecycleEvent.PAUSE)
    silent.settle()
    after = alice(silent)
    assert (after.state, after.desired_state) == (BotState.DEGRADED, BotState.PAUSED)
    assert (after.reason, after.since) == (before.reason, before.since)
    assert silent.stores.bots.transitions("alice")[-1].reason == "so"
    trades_until(silent, BotState.PAUSED)


@pytest.mark.parametrize("jump_s", [60, 3_600, -60, -3_600])
def test_a_wall_clock_that_jumps_degrades_no_bot(jump_s: float) -> None:
    world = running_world()
    before = len(world.stores.bots.transitions("alice"))
    world.clock.jump(jump_s)
    world.clock.advance(RULES.stale_after_s / 2)
    world.settle()
    assert alice(world).state is BotState.RUNNING
    assert len(world.stores.bots.transitions("alice")) == before
    world.clock.advance(RULES.stale_after_s)
    world.settle()
    assert alice(world).reason.startswith("no trade since 2025-")


def test_a_strategy_that_stands_still_degrades_its_bot_while_trades_go_on() -> None:
    world = running_world()
    for _ in range(5 * RULES.page_trades):
        world.trade(5)
        world.turn()
    assert alice(world).state is BotState.DEGRADED
    assert alice(world).reason.startswith("its strategy is evaluated up to 2025-")


def test_a_delisted_instrument_is_the_reason_and_harms_no_bot_on_another() -> None:
    world = BotWorld(Random(5), instruments=(BTC, ETH))
    world.create("alice", instrument=str(BTC), strategy="Steady", timeframe="1m")
    world.create("bob", instrument=str(ETH), strategy="Steady", timeframe="1m")
    for name in ("alice", "bob"):
        world.request(name, LifecycleEvent.START)
    for _ in range(60):
        world.trade(5)
        world.settle()
    world.clock.advance(RULES.stale_after_s + 1)
    world.settle()
    assert alice(world).reason.startswith("no trade since 2025-")
    gone = msgspec.structs.replace(an_instrument(BTC), state=InstrumentState.DELISTED)
    world.stores.instruments.save([gone])
    world.instruments = (ETH,)
    for _ in range(40):
        world.trade(1)
        world.settle()
        if world.states()["bob"] is BotState.RUNNING:
            break
    assert world.states()["bob"] is BotState.RUNNING
    assert alice(world).state is BotState.DEGRADED
    assert alice(world).reason == delisted_reason(BTC)
    world.request("alice", LifecycleEvent.KEEP)
    world.settle()
    assert world.states()["alice"] is BotState.STOPPED


@pytest.mark.parametrize("desired", [BotState.RUNNING, BotState.PAUSED])
def test_a_skip_stands_and_the_next_evaluation_ends_what_it_degraded(desired: BotState) -> None:
    world = running_world()
    world.skipping = True
    trades_until(world, BotState.DEGRADED)
    assert alice(world).reason == "its strategy skipped a candle: raised"
    if desired is BotState.PAUSED:
        world.request("alice", LifecycleEvent.PAUSE)
    (status,) = world.stores.signals.groups()
    skips = world.stores.signals.skips(status.group, START, EVER[1])
    world.skipping = False
    trades_until(world, desired)
    assert alice(world).reason == "feed and strategy are current again"
    assert world.stores.signals.skips(status.group, START, EVER[1])[: len(skips)] == skips
