"""A walk: parameters chosen on the past, traded on what came next."""

from datetime import timedelta

import numpy as np
import pytest

from backtesting.metrics import EquityCurve
from backtesting.monitor import RunMonitor
from backtesting.search import GridSearch
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.preparation import sweep_space
from backtesting.sweeps.worker_pool import SerialWorkerFactory
from backtesting.walk_forward import Schedule
from backtesting.walk_forward.runner import (
    WalkForwardOutcome,
    WalkForwardRunner,
    WalkForwardStep,
    stitch_curves,
)
from tests.backtest_world import World
from tests.builders import START
from tests.fakes.trials import InMemoryTrialRepository
from utils.errors import ConfigError

SPECS = ("fast=2,5", "slow=12,24")
DAYS = {"start": START + timedelta(days=2), "end": START + timedelta(days=8)}


@pytest.fixture(scope="module")
def world() -> World:
    world = World()
    world.add_minutes(8 * 1_440)
    return world


def a_runner(
    world: World, trials: InMemoryTrialRepository | None = None, **schedule: float
) -> WalkForwardRunner:
    engine, config = world.engine(), world.config(drill_down=False, **DAYS)
    return WalkForwardRunner(
        engine=engine,
        config=config,
        space=sweep_space(engine, config, SPECS),
        schedule=Schedule(**{"train_days": 2, "test_days": 1, **schedule}),
        objective=Objective("total_return"),
        search=GridSearch,
        trials=trials or InMemoryTrialRepository(),
    )


@pytest.fixture(scope="module")
def outcome(world: World) -> WalkForwardOutcome:
    return a_runner(world).run(SerialWorkerFactory())


def test_each_test_is_the_backtest_of_what_was_best_in_training(
    world: World, outcome: WalkForwardOutcome
) -> None:
    engine = world.engine()
    for step in outcome.steps:
        returns = {}
        for fast in (2, 5):
            for slow in (12, 24):
                config = world.config(
                    drill_down=False,
                    start=step.fold.train.start,
                    end=step.fold.train.end,
                    parameters={"fast": fast, "slow": slow},
                )
                returns[fast, slow] = engine.run(config).metrics["total_return"]
        assert step.point == max(returns, key=lambda point: returns[point] or 0)
        assert step.train["total_return"] == returns[step.point]
        config = world.config(
            drill_down=False,
            start=step.fold.test.start,
            end=step.fold.test.end,
            parameters=dict(zip(outcome.names, step.point, strict=True)),
        )
        tested = engine.run(config)
        assert step.test["total_return"] == tested.metrics["total_return"]


def test_equity_out_of_sample_is_one_curve_over_all_tests(outcome: WalkForwardOutcome) -> None:
    assert len(outcome.steps) == 4
    assert outcome.curve.equity[0] == 10_000
    growth = np.prod([1 + (step.test["total_return"] or 0) for step in outcome.steps])
    assert outcome.curve.equity[-1] == pytest.approx(10_000 * growth)
    assert outcome.metrics["total_return"] == pytest.approx(growth - 1)
    assert outcome.curve.days == 4


def test_every_trial_of_every_training_is_counted(outcome: WalkForwardOutcome) -> None:
    assert [step.trials for step in outcome.steps] == [4] * 4
    assert outcome.selection_bias.trials == 16


def test_a_walk_forward_that_was_stopped_goes_on(world: World, outcome: WalkForwardOutcome) -> None:
    trials, parts = InMemoryTrialRepository(), list[float]()
    with pytest.raises(Exception, match="run it again to continue"):
        a_runner(world, trials).run(
            SerialWorkerFactory(), RunMonitor(parts.append, lambda: len(parts) > 9)
        )
    again = a_runner(world, trials).run(SerialWorkerFactory())
    assert np.array_equal(again.curve.equity, outcome.curve.equity)


def test_efficiency_is_what_is_kept_out_of_sample(outcome: WalkForwardOutcome) -> None:
    inside = sum(step.train["total_return"] or 0 for step in outcome.steps) / 8
    outside = sum(step.test["total_return"] or 0 for step in outcome.steps) / 4
    expected = outside / inside if inside > 0 else None
    assert outcome.efficiency == (None if expected is None else pytest.approx(expected))


def test_where_nothing_has_a_value_the_account_stands_aside(world: World) -> None:
    # nothing is won or lost by an account that may not trade
    made = a_runner(world)
    config = made.config.model_copy(update={"min_notional": made.config.capital * 9})
    aside = WalkForwardRunner(
        engine=made.engine,
        config=config,
        space=made.space,
        schedule=made.schedule,
        objective=Objective("profit_factor"),
        search=GridSearch,
        trials=InMemoryTrialRepository(),
    ).run(SerialWorkerFactory())
    assert all(step.point is None for step in aside.steps)
    assert aside.metrics["total_return"] == 0.0
    assert aside.efficiency is None


def test_a_span_shorter_than_one_step_is_refused(world: World) -> None:
    with pytest.raises(ConfigError, match="for one fold"):
        a_runner(world, train_days=30).run(SerialWorkerFactory())


def test_a_step_names_its_span(outcome: WalkForwardOutcome) -> None:
    first: WalkForwardStep = outcome.steps[0]
    assert first.fold.train.start == DAYS["start"]
    assert (
        stitch_curves([step.curve for step in outcome.steps]).time_us[0] == outcome.curve.time_us[0]
    )


def curve(start: int, *equity: float) -> EquityCurve:
    return EquityCurve(np.arange(start, start + len(equity), dtype=np.int64), np.array(equity))


def test_each_curve_begins_with_what_the_one_before_left() -> None:
    whole = stitch_curves([curve(0, 100, 110, 120), curve(2, 100, 50), curve(3, 10, 20)])
    assert whole.time_us.tolist() == [0, 1, 2, 3, 4]
    assert whole.equity.tolist() == [100, 110, 120, 60, 120]


def test_curves_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        stitch_curves([curve(0, 1, 2, 3), curve(1, 1, 2)])


def test_there_must_be_a_curve() -> None:
    with pytest.raises(ValueError, match="no equity curve to stitch"):
        stitch_curves([])
