"""Law 4: live equals the replay of the logs, byte for byte, with a kill between any calls.

TRUETAPE_SESSIONS=2000 runs more sessions.
"""

import os
from random import Random

import msgspec
import pytest

from bot_manager.domain.lifecycle import COMMANDS, BotState, LifecycleEvent, next_state
from bot_manager.errors import IllegalTransition
from tests.laws.bot_world import BotWorld

SESSIONS = int(os.environ.get("TRUETAPE_SESSIONS", "200"))
PARTS = 20
BOTS = ("ann", "bob", "cid", "dot")
_OFTEN = (
    LifecycleEvent.START,
    LifecycleEvent.START,
    LifecycleEvent.START,
    LifecycleEvent.PAUSE,
    LifecycleEvent.RESUME,
    LifecycleEvent.RESUME,
    LifecycleEvent.FLATTEN,
)


def run_randomly(world: BotWorld, steps: int = 70) -> None:
    """Run a random session: trades, evaluations, commands, kills, silence."""
    for name in BOTS:
        world.create(name)
        world.request(name, LifecycleEvent.START)
    actions = [
        *[trade] * 40,
        *[evaluate_group] * 20,
        *[request] * 9,
        request_all,
        *[revise] * 3,
        *[plan_crash] * 4,
    ]
    for _ in range(steps):
        world.random.choice([*actions, *[verify_next] * 3, *[turn] * 20])(world)
        world.turn()


def trade(world: BotWorld) -> None:
    world.trade(world.random.choice([1, 2, 5, 20]))


def evaluate_group(world: BotWorld) -> None:
    world.evaluate()


def request(world: BotWorld) -> None:
    world.request(world.random.choice(BOTS), world.random.choice([*_OFTEN, *COMMANDS]))


def request_all(world: BotWorld) -> None:
    world.request_all(world.random.choice(COMMANDS))
    if world.random.random() < 0.5:
        world.request_all(LifecycleEvent.START)


def revise(world: BotWorld) -> None:
    world.revise(world.random.choice(BOTS))


def plan_crash(world: BotWorld) -> None:
    """Plan a crash of the manager at a later call."""
    random = world.random
    world.fault_plan.calls_left, world.fault_plan.after = (
        random.randrange(60),
        random.random() < 0.5,
    )


def verify_next(world: BotWorld) -> None:
    """Verify an active bot after its last anchor."""
    verification = world.verify_next(world.random.choice(BOTS))
    assert verification.identical, verification.difference


def turn(world: BotWorld) -> None:
    world.turn()


def require_replay_matches(world: BotWorld) -> int:
    """Compare the stored rows with their replay; return the number of orders."""
    world.settle()
    accounts, orders = world.accounts(), 0
    for name in world.states():
        stored, replayed = world.stored(name), world.replayed(name)
        assert stored.orders == replayed.orders
        assert stored.marks == replayed.marks
        assert stored.digest == replayed.digest
        assert world.verify_next(name).identical
        if name in accounts:
            assert replayed.account is not None
            assert accounts[name] == replayed.account.checkpoint().state
        require_history(world, name)
        orders += len(stored.orders)
    return orders


def require_history(world: BotWorld, name: str) -> None:
    """Check a bot's transitions against the table, and its numbers for consistency."""
    state = BotState.CREATED
    transitions = world.stores.bots.transitions(name)
    for number, one in enumerate(transitions, 1):
        assert (one.number, one.before) == (number, state)
        allowed = {
            _after(state, one.event, desired) for desired in (BotState.RUNNING, BotState.PAUSED)
        }
        assert one.after in allowed
        state = one.after
    orders = world.stored(name).orders
    assert [order.sequence for order in orders] == list(range(len(orders)))
    times = [mark.time for mark in world.stored(name).marks]
    assert times == sorted(set(times))
    assert all(one.answered_at for one in world.stores.bots.commands(name))


def _after(state: BotState, rule: LifecycleEvent, desired: BotState) -> BotState | None:
    try:
        return next_state("", state, rule, desired)
    except IllegalTransition:
        return None


@pytest.mark.parametrize("part", range(PARTS))
def test_a_live_session_equals_its_replay(part: int) -> None:
    orders = 0
    for seed in range(part, SESSIONS, PARTS):
        world = BotWorld(Random(seed))
        run_randomly(world)
        try:
            orders += require_replay_matches(world)
        except AssertionError as error:
            raise AssertionError(f"session of seed {seed}") from error
    assert orders > 0


def scripted(seed: int, kill_at: int | None = None, *, after: bool = False) -> BotWorld:
    """Run the session of a seed; replace a killed manager at once.

    Before each command the manager has nothing left to do, so that the command takes effect at the
    same cursor of the tape however often it was killed.
    """
    world = BotWorld(Random(seed))
    world.fault_plan.calls_left, world.fault_plan.after = kill_at, after
    for name in BOTS[:2]:
        world.create(name, timeframe="1m", strategy="Moody")
        world.request(name, LifecycleEvent.START)
    for _ in range(30):
        happening = world.random.randrange(10)
        if happening < 5:
            world.trade(world.random.choice([1, 2, 5, 20]))
        elif happening < 9:
            world.evaluate()
        else:
            world.request(BOTS[world.random.randrange(2)], world.random.choice(_OFTEN))
        while world.turn():
            pass
    return world


@pytest.mark.parametrize("seed", range(10))
def test_a_kill_between_any_two_calls_changes_nothing(seed: int) -> None:
    undisturbed = scripted(seed)
    calls, random = undisturbed.fault_plan.calls, Random(seed)
    require_replay_matches(undisturbed)
    for _ in range(max(1, SESSIONS // 10)):
        kill_at, after = random.randrange(calls), random.random() < 0.5
        world = scripted(seed, kill_at, after=after)
        require_replay_matches(world)
        for name in BOTS[:2]:
            where = f"seed {seed}, call {kill_at}, {'after' if after else 'before'} its work"
            assert world.stored(name).digest == undisturbed.stored(name).digest, where
            assert world.history(name) == undisturbed.history(name), where


def test_a_bot_that_cannot_be_read_harms_no_other() -> None:
    world = BotWorld(Random(1))
    run_randomly(world, steps=40)
    world.settle()
    ill, *healthy = sorted(world.accounts())
    checkpoint = world.store.bots[ill].checkpoint
    assert checkpoint is not None
    strange = msgspec.structs.replace(checkpoint, state={"of": 1, "another": 2})
    world.store.bots[ill].checkpoint = strange
    world.manager = None
    world.trade(20)
    world.settle()
    assert healthy
    assert sorted(world.accounts()) == healthy
    for name in healthy:
        assert world.stored(name).digest == world.replayed(name).digest
