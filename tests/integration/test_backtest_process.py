"""The process that runs the page's backtests, over a real database."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from backtesting.config import BacktestConfig
from backtesting.ports import BacktestQuery
from backtesting.watching import Watch
from config import load_settings
from dashboard.backtests.ports import RunFailed
from dashboard.backtests.process import ProcessRuns
from data import Timeframe
from database import (
    SqlBacktestRepository,
    SqlCandleRepository,
    SqlInstrumentRepository,
    open_database,
)
from database.migrate import migrate
from scripts.backtest_worker import open_runner
from scripts.wiring import with_data_dir, with_servers
from tests.backtest_world import SWAP, World, folded, random_minutes
from tests.builders import START

pytestmark = pytest.mark.integration


def a_config(**changes: object) -> BacktestConfig:
    return World().config(end=START + timedelta(days=4), **changes)


def test_a_backtest_is_run_kept_and_served_again(
    database_url: str, redis_url: str, warm_dir: Path
) -> None:
    migrate(database_url)
    database = open_database(database_url)
    SqlInstrumentRepository(database).save([SWAP])
    minutes = random_minutes(SWAP.id, 5 * 1440, 1, START)
    candles = SqlCandleRepository(database)
    for timeframe in (Timeframe.M1, Timeframe.M5):
        candles.save(folded(minutes, timeframe))
    settings = with_servers(
        with_data_dir(load_settings(), warm_dir), database_url=database_url, redis_url=redis_url
    )
    runs = ProcessRuns(partial(open_runner, settings))
    told: list[float] = []
    values = a_config().model_dump(mode="json")
    try:
        first = runs.run(values, Watch(told.append))
        again = runs.run(values, Watch())
        with pytest.raises(RunFailed) as wrong:
            runs.run(a_config(parameters={"fast": 50}).model_dump(mode="json"), Watch())
    finally:
        runs.close()
    assert (first.is_new, again.is_new) == (True, False)
    assert first.backtest_id == again.backtest_id
    assert told == sorted(told)
    assert "slow" in wrong.value.problem
    kept = SqlBacktestRepository(database).search(BacktestQuery())
    assert [each.agrees for each in kept] == [True]
    database.close()
