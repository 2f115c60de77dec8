"""What a sweep is prepared with: enough warm-up for every point, and a name."""

from datetime import timedelta

import pytest

from backtesting.search import GridSearch
from backtesting.sweeps.preparation import corners, prepare_sweep, sweep_space
from tests.backtest_world import World
from tests.builders import START
from tests.sweep_world import crossing
from utils.errors import ConfigError


@pytest.fixture(scope="module")
def world() -> World:
    world = World()
    world.add_minutes(8 * 1_440)
    return world


def test_the_corners_of_a_space_hold_its_longest_warm_up() -> None:
    space = crossing(["fast=2..30", "slow=20..60:3", "exits.stop_loss_bps=none,50,100"])
    timeframe = World().config().timeframe
    longest = max(strategy.warmup(timeframe) for strategy in corners(space))
    points = GridSearch(space).ask(10_000)
    assert longest == max(space.strategy(point).warmup(timeframe) for point in points)


def test_every_point_is_evaluated_as_it_would_be_alone(world: World) -> None:
    engine, config = world.engine(), world.config()
    space = sweep_space(engine, config, ["fast=3..9:3", "slow=20,40"])
    sweep = prepare_sweep(engine, config, space, ["total_return"])
    for point in GridSearch(space).ask(100):
        alone = engine.run(
            config.model_copy(update={"parameters": space.parameters(point), "drill_down": False})
        )
        outcome = sweep.prepared.run(space.strategy(point))
        assert outcome.digest() == alone.digests.outcome
        found = sweep.evaluator(space.parameters(point))
        assert found.metrics == {name: alone.metrics[name] for name in ("sharpe", "total_return")}


def test_a_longer_warm_up_than_was_read_is_a_problem(world: World) -> None:
    engine, config = world.engine(), world.config()
    sweep = prepare_sweep(engine, config, sweep_space(engine, config, ["fast=3..9"]))
    assert (
        "needs 13,333 candles of 5m before its first decision"
        in sweep.evaluator({"fast": 3, "slow": 900}).problem
    )


def test_sweeps_differ_where_anything_but_parameters_does(world: World) -> None:
    engine, config = world.engine(), world.config()

    def digest(**changes: object) -> str:
        changed = config.model_copy(update=changes)
        space = sweep_space(engine, changed, ["fast=3..9"])
        return prepare_sweep(engine, changed, space).sweep_key.digest

    assert digest() == digest(parameters={"slow": 26})
    assert digest() != digest(latency_ms=10)
    assert digest() != digest(end=START + timedelta(days=7))


def test_a_space_without_any_strategy_is_refused(world: World) -> None:
    engine, config = world.engine(), world.config()
    with pytest.raises(ConfigError, match="allows none"):
        prepare_sweep(engine, config, sweep_space(engine, config, ["fast=50", "slow=9"]))


def test_exits_of_the_configuration_leave_none_to_vary(world: World) -> None:
    config = world.config(exits={"stop_loss_bps": 100})
    with pytest.raises(ConfigError, match="omit them there"):
        sweep_space(world.engine(), config, ["exits.stop_loss_bps=50,100"])


def test_what_is_too_long_to_share_is_refused(world: World) -> None:
    engine, config = world.engine(max_rows_in_memory=100), world.config()
    with pytest.raises(ConfigError, match="cannot be shared"):
        prepare_sweep(engine, config, sweep_space(engine, config, ["fast=3..9"]))


def test_metrics_must_exist(world: World) -> None:
    engine, config = world.engine(), world.config()
    with pytest.raises(ConfigError, match="is not a metric"):
        prepare_sweep(engine, config, sweep_space(engine, config, ["fast=3..9"]), ["fame"])
