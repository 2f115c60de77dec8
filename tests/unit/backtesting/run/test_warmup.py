"""Warm-up that reaches into a span: trading starts after it, with a warning."""

from datetime import timedelta
from pathlib import Path

import pytest

from backtesting.archive.record_builder import record_of
from backtesting.errors import NothingDecided
from backtesting.search import GridSearch
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.preparation import prepare_sweep, sweep_space
from backtesting.sweeps.runner import SweepRunner
from backtesting.sweeps.worker_pool import SerialWorkerPool
from data import Timeframe, TimeSpan
from tests.backtest_world import World
from tests.builders import START
from tests.fakes.trials import InMemoryTrialRepository
from tests.user_registry import make_registry

NEEDED = 385
"""Warm-up candles of the EMA crossover of 12 and 26."""
SECOND = '''
import numpy as np
from strategies import SecondTimeframe, Strategy
from strategies.indicators import Ema
from data import Timeframe

class Weekly(Strategy):
    """Follows the week."""

    def second(self):
        return SecondTimeframe(Timeframe.W1, {"mean": Ema(length=3)})

    def directions(self, frame):
        return np.ones(len(frame), np.int8)
'''


@pytest.fixture(scope="module")
def world() -> World:
    """Return three days of minutes, 864 candles of 5m, without candles before them."""
    world = World()
    world.add_minutes(3 * 1_440)
    return world


def whole(**changes: object) -> dict[str, object]:
    return {"start": START, "end": START + timedelta(days=3)} | changes


def test_a_run_begins_behind_the_warm_up_that_reaches_into_its_span(world: World) -> None:
    result = world.engine().run(world.config(**whole()))
    begins = START + NEEDED * timedelta(minutes=5)
    assert result.history.scope.span == TimeSpan(begins, START + timedelta(days=3))
    assert (result.quality.warmup, result.quality.warmup_in_span) == (NEEDED, NEEDED)
    assert result.quality.candles == 864 - NEEDED
    benchmark = result.outcome.benchmark.ledger.orders
    assert benchmark["time"][0] == result.history.scope.start_us
    record = record_of(result, START)
    assert record.summary.start == begins
    assert [warning.code for warning in record.summary.warnings] == ["warmup_in_span"]
    assert "The first 385 candles of the span were warm-up" in record.summary.warnings[0].text


def test_it_is_the_run_of_a_span_that_begins_there(world: World) -> None:
    result = world.engine().run(world.config(**whole()))
    begins = START + NEEDED * timedelta(minutes=5)
    later = world.engine().run(world.config(**whole(start=begins)))
    assert later.digests.outcome == result.digests.outcome
    assert later.quality.warmup_in_span == 0
    assert not record_of(later, START).summary.warnings


def test_in_flat_memory_it_begins_there_too(world: World) -> None:
    config = world.config(**whole())
    streamed = world.engine(max_rows_in_memory=50).run(config)
    assert streamed.digests == world.engine().run(config).digests


def test_a_warm_up_longer_than_the_data_is_refused(world: World) -> None:
    config = world.config(**whole(timeframe="1h"))
    message = "EmaCrossover needs 385 candles of 1h before its first decision, has 72: no candle"
    with pytest.raises(NothingDecided, match=message):
        world.engine().run(config)


def test_a_second_timeframe_that_is_not_stored_is_refused(world: World, tmp_path: Path) -> None:
    (tmp_path / "weekly.py").write_text(SECOND)
    engine = world.engine(make_registry(tmp_path))
    with pytest.raises(NothingDecided, match="of its second timeframe 1w, has 0: no candle"):
        engine.run(world.config(**whole(strategy="Weekly")))


def test_all_trials_of_a_sweep_begin_together_and_untradable_ones_never_win(world: World) -> None:
    engine, config = world.engine(), world.config(**whole())
    space = sweep_space(engine, config, ["fast=2", "slow=5,20,30,200"])
    sweep = prepare_sweep(engine, config, space)
    longest = space.strategy((2, 30)).warmup(Timeframe.M5)
    assert sweep.prepared.config.start == START + (longest + 2) * timedelta(minutes=5)
    run = SweepRunner(
        sweep_key=sweep.sweep_key,
        objective=Objective("total_return"),
        metrics=frozenset(sweep.evaluator.metrics),
        trials=InMemoryTrialRepository(),
        timeframe=Timeframe.M5,
    )
    table = run.run(GridSearch(space), SerialWorkerPool(sweep.evaluator)).table
    traded = [row for row in table.rows if row.trial.is_traded]
    assert [row.point[1] for row in traded] == [5, 20, 30]
    untraded = table.rows[-1].trial
    assert untraded.problem.startswith("not traded: EmaCrossover needs 2,963 candles of 5m")
    assert not untraded.metrics
    assert [row.point[1] for row in table.best(Objective("total_return"), 9)][-1] != 200
    for row in traded:
        alone = engine.run(sweep.prepared.config.with_parameters(space.strategy(row.point)))
        assert alone.history.scope.span == sweep.prepared.history.scope.span
        assert row.trial.metrics == {name: alone.metrics[name] for name in row.trial.metrics}


def test_sweeps_that_start_elsewhere_are_other_sweeps(world: World) -> None:
    engine, config = world.engine(), world.config(**whole())
    short = prepare_sweep(engine, config, sweep_space(engine, config, ["slow=16,18"]))
    long = prepare_sweep(engine, config, sweep_space(engine, config, ["slow=16,24"]))
    assert short.prepared.config.start < long.prepared.config.start
    assert short.sweep_key.digest != long.sweep_key.digest
