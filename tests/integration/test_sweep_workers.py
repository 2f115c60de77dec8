"""One process, two processes, two Dask workers: one table, to the last bit."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from backtesting.errors import WorkersLost
from backtesting.search import GridSearch, ParameterSpace, parse_space
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.payload import SweepPayload, open_bytes, open_file
from backtesting.sweeps.processes import worker_processes
from backtesting.sweeps.worker_pool import SerialWorkerPool, WorkerPool
from tests.backtest_world import World
from tests.fakes.trials import InMemoryTrialRepository
from tests.sweep_world import METRICS, SWEEP_KEY, crossing, evaluator, sweep
from tests.user_registry import make_registry
from utils.errors import ConfigError

USERS_RULE = """
import os
import signal

from strategies import Strategy, decide

class Mine(Strategy):
    length: int = 3
    kills: str = ""

    def directions(self, frame):
        if self.kills:
            os.kill(os.getpid() if self.kills == "itself" else os.getppid(), signal.SIGKILL)
        if self.length == 4:
            raise ValueError("four is wrong")
        return decide(long=frame.close > frame.open, short=frame.close < frame.open - self.length)
"""


def payload() -> SweepPayload:
    return SweepPayload.of(evaluator())


def digest(worker_pool: WorkerPool) -> str:
    outcome = sweep(InMemoryTrialRepository()).run(GridSearch(crossing()), worker_pool)
    assert outcome.evaluated == 20
    assert not outcome.failed
    return outcome.table.digest()


@cache
def serial_digest() -> str:
    return digest(SerialWorkerPool(evaluator()))


def test_two_processes_give_the_same_table() -> None:
    with (
        worker_processes(2) as worker_factory,
        worker_factory.open_pool(evaluator()) as worker_pool,
    ):
        assert digest(worker_pool) == serial_digest()


def test_what_is_opened_gives_the_same_and_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "parcel"
    path.write_bytes(payload().payload)
    for opened in (open_file(path), open_bytes(payload().payload)):
        assert digest(SerialWorkerPool(opened)) == serial_digest()
        (frame,) = opened.prepared.history.candles()
        assert not frame.close.flags.owndata


def test_two_dask_workers_give_the_same_table(dask_scheduler: str) -> None:
    from backtesting.sweeps.cluster import cluster

    with (
        cluster(dask_scheduler) as worker_factory,
        worker_factory.open_pool(evaluator()) as worker_pool,
    ):
        assert digest(worker_pool) == serial_digest()


def test_a_users_strategy_is_run_by_dask_workers(dask_scheduler: str, tmp_path: Path) -> None:
    from backtesting.sweeps.cluster import cluster

    space, mine = _users_world(tmp_path)
    with cluster(dask_scheduler) as worker_factory, worker_factory.open_pool(mine) as worker_pool:
        outcome = sweep(InMemoryTrialRepository()).run(GridSearch(space), worker_pool)
    problems = [row.trial.problem for row in outcome.table.rows]
    assert problems == ["", "strategy Mine: ValueError: four is wrong (mine.py line 15)", ""]


def test_a_scheduler_that_is_not_there_is_named() -> None:
    from backtesting.sweeps.cluster import cluster

    with (
        pytest.raises(WorkersLost, match="no Dask scheduler responds at tcp"),
        cluster("tcp://127.0.0.1:9", connect_s=0.5),
    ):
        pass


def test_a_users_strategy_travels_with_its_file(tmp_path: Path) -> None:
    space, mine = _users_world(tmp_path)
    with worker_processes(2) as worker_factory, worker_factory.open_pool(mine) as worker_pool:
        (tmp_path / "mine.py").unlink()
        outcome = sweep(InMemoryTrialRepository()).run(GridSearch(space), worker_pool)
    assert [bool(row.trial.problem) for row in outcome.table.rows] == [False, True, False]
    assert "four is wrong" in outcome.table.rows[1].trial.problem


def test_a_users_strategy_that_was_edited_meanwhile_is_refused(tmp_path: Path) -> None:
    _, mine = _users_world(tmp_path)
    (tmp_path / "mine.py").write_text(USERS_RULE.replace("four", "4"))
    with pytest.raises(ConfigError, match="has changed since"):
        SweepPayload.of(mine)


def test_a_strategy_that_ends_its_process_fails_its_trials_only(tmp_path: Path) -> None:
    space, mine = _users_world(tmp_path, "kills=,itself", "length=3,5")
    with worker_processes(1) as worker_factory, worker_factory.open_pool(mine) as worker_pool:
        outcome = sweep(InMemoryTrialRepository()).run(GridSearch(space), worker_pool)
    problems = [row.trial.problem for row in outcome.table.rows]
    assert problems == ["", "", *2 * ["strategy Mine: ended its process"]]


def test_a_worker_that_dies_is_reported_and_what_was_finished_is_kept(tmp_path: Path) -> None:
    space, mine = _users_world(tmp_path, "length=3", "kills=,parent")
    trials = InMemoryTrialRepository()
    with (
        worker_processes(1) as worker_factory,
        worker_factory.open_pool(mine) as worker_pool,
        pytest.raises(WorkersLost, match="run the sweep again"),
    ):
        sweep(trials).run(GridSearch(space), worker_pool)
    assert len(trials.of(SWEEP_KEY)) == 1


def _users_world(folder: Path, *ranges: str) -> tuple[ParameterSpace, Evaluator]:
    (folder / "mine.py").write_text(USERS_RULE)
    registry = make_registry(folder)
    world = World()
    world.add_minutes(8 * 1_440)
    prepared = world.engine(registry).prepare(world.config(strategy="Mine", drill_down=False))
    space = parse_space(
        registry.find("Mine"), ranges or ("length=3..5",), prepared.config.parameters
    )
    return space, Evaluator(prepared, METRICS)


@pytest.fixture
def dask_scheduler() -> Iterator[str]:
    """Yield the address of a scheduler with two workers, processes of their own."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as local:
        yield local.scheduler_address
