"""Jobs: one after the other, each with an end, without a client."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from backtesting.config import BacktestConfig, read_config
from backtesting.errors import NoData
from backtesting.monitor import RunMonitor
from backtesting.sweeps.config import read_sweep
from dashboard.backtests.child import Runner
from dashboard.backtests.jobs import MAX_WAITING, JobKind, JobQueue, JobState, RunJob, TooManyJobs
from dashboard.backtests.ports import RunFailed, StoredRun
from dashboard.backtests.process import ProcessRuns
from tests.fakes.backtest_runs import InlineRuns
from utils.clock import ManualClock
from utils.errors import ConfigError

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def a_config(capital: int = 1000, strategy: str = "EmaCrossover") -> BacktestConfig:
    return read_config(
        {
            "instrument": "okx:BTC-USDT",
            "start": "2026-01-01",
            "end": "2026-02-01",
            "strategy": strategy,
            "capital": capital,
        }
    )


def a_run(values: dict[str, Any], monitor: RunMonitor) -> StoredRun:
    config = read_config(values)
    monitor.at(0.9)
    if config.strategy == "Broken":
        raise RunFailed("must be below slow", "parameters.fast")
    return StoredRun(int(config.capital), is_new=config.capital != 7)


def a_sweep(values: dict[str, Any], monitor: RunMonitor) -> StoredRun:
    monitor.at(0.9)
    return StoredRun(None, True, "a sweep", f"{values['search']} of {values['vary'][0]}")


def until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def job_of(board: JobQueue, job: RunJob) -> RunJob:
    return next(each for each in board.all() if each.id == job.id)


def wait_for(board: JobQueue, job: RunJob, state: JobState) -> RunJob:
    until(lambda: job_of(board, job).state is state)
    return job_of(board, job)


@pytest.fixture
def runs() -> InlineRuns:
    return InlineRuns(a_run)


@pytest.fixture
def board(runs: InlineRuns) -> Iterator[JobQueue]:
    lanes = {JobKind.BACKTEST: runs, JobKind.SWEEP: InlineRuns(a_sweep)}
    board = JobQueue(lanes, ManualClock(NOW))
    yield board
    board.close()


def test_a_job_ends_with_the_backtest_it_made(board: JobQueue) -> None:
    done = wait_for(board, board.submit(a_config(12)), JobState.DONE)
    assert (done.backtest_id, done.is_new, done.progress) == (12, True, 1.0)
    assert (done.submitted_at, done.started_at, done.finished_at) == (NOW, NOW, NOW)


def test_a_run_from_store_says_so(board: JobQueue) -> None:
    assert not wait_for(board, board.submit(a_config(7)), JobState.DONE).is_new


def test_a_failure_names_problem_and_field(board: JobQueue) -> None:
    failed = wait_for(board, board.submit(a_config(strategy="Broken")), JobState.FAILED)
    assert (failed.problem, failed.field) == ("must be below slow", "parameters.fast")


def test_progress_is_seen_while_it_runs(board: JobQueue, runs: InlineRuns) -> None:
    runs.gate.clear()
    job = board.submit(a_config())
    until(lambda: job_of(board, job).progress == 0.42)
    assert job_of(board, job).state is JobState.RUNNING
    runs.gate.set()
    wait_for(board, job, JobState.DONE)


def test_the_same_configuration_is_asked_for_once(board: JobQueue, runs: InlineRuns) -> None:
    runs.gate.clear()
    first, second = board.submit(a_config()), board.submit(a_config())
    assert first.id == second.id
    assert len(board.all()) == 1


def test_a_running_job_is_cancelled_and_the_next_one_runs(
    board: JobQueue, runs: InlineRuns
) -> None:
    runs.gate.clear()
    first, second = board.submit(a_config(1)), board.submit(a_config(2))
    wait_for(board, first, JobState.RUNNING)
    board.cancel(first.id)
    wait_for(board, first, JobState.CANCELLED)
    runs.gate.set()
    assert wait_for(board, second, JobState.DONE).backtest_id == 2


def test_a_stopped_job_does_not_stand_in_for_the_next(board: JobQueue, runs: InlineRuns) -> None:
    runs.ignores_cancel = True
    runs.gate.clear()
    first = board.submit(a_config())
    wait_for(board, first, JobState.RUNNING)
    board.cancel(first.id)
    second = board.submit(a_config())
    assert second.id != first.id
    runs.gate.set()
    wait_for(board, second, JobState.DONE)


def test_stopped_jobs_leave_their_places_to_others(board: JobQueue, runs: InlineRuns) -> None:
    runs.ignores_cancel = True
    runs.gate.clear()
    first = board.submit(a_config(0))
    wait_for(board, first, JobState.RUNNING)
    board.cancel(first.id)
    for number in range(MAX_WAITING):
        board.submit(a_config(number + 1))


def test_a_job_that_fails_in_a_way_nobody_expected_has_ended(
    board: JobQueue, runs: InlineRuns
) -> None:
    def fail(*_: object) -> StoredRun:
        raise OSError("no process can be started")

    works, runs.work = runs.work, fail
    assert "OSError" in wait_for(board, board.submit(a_config()), JobState.FAILED).problem
    runs.work = works
    wait_for(board, board.submit(a_config()), JobState.DONE)


def test_a_waiting_job_is_cancelled_at_once(board: JobQueue, runs: InlineRuns) -> None:
    runs.gate.clear()
    board.submit(a_config(1))
    waiting = board.submit(a_config(2))
    board.cancel(waiting.id)
    assert job_of(board, waiting).state is JobState.CANCELLED


def test_a_job_that_ended_may_be_dismissed_another_not(board: JobQueue, runs: InlineRuns) -> None:
    done = wait_for(board, board.submit(a_config(1)), JobState.DONE)
    board.dismiss(done.id)
    assert board.all() == []
    runs.gate.clear()
    running = board.submit(a_config(2))
    board.dismiss(running.id)
    assert [job.id for job in board.all()] == [running.id]


def test_too_many_jobs_are_refused(board: JobQueue, runs: InlineRuns) -> None:
    runs.gate.clear()
    for capital in range(1, MAX_WAITING + 1):
        board.submit(a_config(capital))
    with pytest.raises(TooManyJobs, match="cancel one, or wait"):
        board.submit(a_config(999))


def test_a_sweep_runs_beside_a_backtest_and_ends_with_its_study(
    board: JobQueue, runs: InlineRuns
) -> None:
    runs.gate.clear()
    backtest = board.submit(a_config())
    wait_for(board, backtest, JobState.RUNNING)
    sweep = board.submit_sweep(read_sweep({"backtest": a_config(), "vary": ["fast=2..9"]}))
    done = wait_for(board, sweep, JobState.DONE)
    assert (done.kind, done.sweep, done.summary) == (JobKind.SWEEP, "a sweep", "grid of fast=2..9")
    assert job_of(board, backtest).state is JobState.RUNNING


# -- the real process


@contextmanager
def open_scripted() -> Iterator[Runner]:
    """Yield a runner that behaves as the strategy's name describes."""
    yield _scripted


def _scripted(values: dict[str, Any], monitor: RunMonitor) -> StoredRun:
    match values["strategy"]:
        case "Deaf":
            time.sleep(60)
        case "Dies":
            os._exit(3)
        case "NoData":
            raise NoData("nothing is stored")
        case "Wrong":
            raise ConfigError("strategy Wrong", field="fast", problem="must be below slow")
        case "Endless":
            for _ in range(10_000):
                monitor.at(0.5)
                time.sleep(0.01)
    return StoredRun(os.getpid(), is_new=True)


def test_the_process_runs_tells_cancels_and_outlives_what_goes_wrong() -> None:
    runs = ProcessRuns("test-runs", open_scripted)

    def run(strategy: str, monitor: RunMonitor | None = None) -> StoredRun:
        values = a_config(strategy=strategy).model_dump(mode="json")
        return runs.run(values, monitor or RunMonitor())

    board = JobQueue({JobKind.BACKTEST: runs}, ManualClock(NOW))
    try:
        first = run("Fine").backtest_id
        with pytest.raises(RunFailed, match="nothing is stored"):
            run("NoData")
        with pytest.raises(RunFailed) as wrong:
            run("Wrong")
        assert wrong.value.field == "parameters.fast"
        endless = board.submit(a_config(strategy="Endless"))
        until(lambda: job_of(board, endless).progress == 0.5)
        board.cancel(endless.id)
        wait_for(board, endless, JobState.CANCELLED)
        assert run("Fine").backtest_id == first  # still the same warm process
        with pytest.raises(RunFailed, match="the process of the backtest ended"):
            run("Dies")
        ignores_cancel = board.submit(a_config(strategy="Deaf"))
        wait_for(board, ignores_cancel, JobState.RUNNING)
        board.cancel(ignores_cancel.id)
        wait_for(board, ignores_cancel, JobState.CANCELLED)
        assert runs.pid is None
    finally:
        board.close()
