"""The process that runs the page's backtests, over a real database."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from backtesting.archive.ports import BacktestQuery
from backtesting.config import BacktestConfig
from backtesting.monitor import RunMonitor
from config import Settings, load_settings
from dashboard.jobs.run_jobs import run_worker
from dashboard.jobs.worker import WorkFailed
from data import Timeframe
from database import (
    SqlBacktestRepository,
    SqlCandleRepository,
    SqlInstrumentRepository,
    open_database,
)
from database.engine import Database
from database.migrate import migrate
from database.repositories.sweep_trials import SqlTrialRepository
from scripts.composition.location import with_data_dir
from scripts.composition.servers import with_servers
from scripts.workers.backtest_worker import open_runner
from scripts.workers.sweep_worker import open_sweeper
from tests.backtest_world import SWAP, World, folded, random_minutes
from tests.builders import START

pytestmark = pytest.mark.integration


def a_config(**changes: object) -> BacktestConfig:
    return World().config(end=START + timedelta(days=4), **changes)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Yield a database with five days of candles."""
    migrate(database_url)
    database = open_database(database_url)
    SqlInstrumentRepository(database).save([SWAP])
    minutes = random_minutes(SWAP.id, 5 * 1440, 1, START)
    candles = SqlCandleRepository(database)
    for timeframe in (Timeframe.M1, Timeframe.M5):
        candles.save(folded(minutes, timeframe))
    yield database
    database.close()


@pytest.fixture
def settings(database_url: str, redis_url: str, warm_dir: Path) -> Settings:
    return with_servers(
        with_data_dir(load_settings(), warm_dir), database_url=database_url, redis_url=redis_url
    )


def test_a_backtest_is_run_kept_and_served_again(database: Database, settings: Settings) -> None:
    runs = run_worker("test-backtests", partial(open_runner, settings))
    progress: list[float] = []
    values = a_config().model_dump(mode="json")
    try:
        first = runs.run(values, RunMonitor(progress.append))
        again = runs.run(values, RunMonitor())
        with pytest.raises(WorkFailed) as wrong:
            runs.run(a_config(parameters={"fast": 50}).model_dump(mode="json"), RunMonitor())
    finally:
        runs.close()
    assert (first.is_new, again.is_new) == (True, False)
    assert first.backtest_id == again.backtest_id
    assert progress == sorted(progress)
    assert "slow" in wrong.value.problem
    kept = SqlBacktestRepository(database).search(BacktestQuery())
    assert [each.agrees for each in kept] == [True]


def test_a_sweep_is_run_and_its_trials_are_stored(database: Database, settings: Settings) -> None:
    runs = run_worker("test-sweeps", partial(open_sweeper, settings))
    progress: list[float] = []
    values = {"backtest": a_config().model_dump(mode="json"), "vary": ["fast=3..9:3", "slow=8,20"]}
    try:
        first = runs.run(values, RunMonitor(progress.append))
        again = runs.run(values, RunMonitor())
        with pytest.raises(WorkFailed) as wrong:
            runs.run(values | {"vary": ["quick=1..2"]}, RunMonitor())
    finally:
        runs.close()
    assert first.summary.startswith("5 trials: 5 evaluated, 0 from store, 0 failed; 1 combination")
    assert again.summary.startswith("5 trials: 0 evaluated, 5 from store")
    assert first.sweep == again.sweep
    assert progress == sorted(progress)
    assert wrong.value.field == "parameters.quick"
    trials = SqlTrialRepository(database)
    (kept,) = trials.sweeps(10)
    assert (kept.sweep_key.digest, kept.trials, kept.failed) == (first.sweep, 5, 0)
    assert all("sharpe" in trial.metrics for trial in trials.of(kept.sweep_key))
