"""A worker process: started by the first request, reused, cancelled, killed and replaced."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from backtesting.monitor import RunMonitor
from dashboard.jobs.worker import RequestCancelled, Worker, WorkerUnavailable, WorkFailed
from dashboard.jobs.worker_process import Handler, WorkerLimits, WorkerProcess
from data.errors import InvalidValue
from tests.fakes.worker import InlineWorker
from utils.clock import ManualClock

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LOST = "the process ended before it was done"


def handle(request: str, monitor: RunMonitor) -> int:
    """Behave as the request describes, and return the process id."""
    match request:
        case "hang":
            time.sleep(60)
        case "die":
            os._exit(3)
        case "fault":
            raise WorkFailed("must be below slow", "parameters.fast")
        case "invalid":
            raise InvalidValue("days must be above 0")
        case "bug":
            raise KeyError("fast")
        case "endless":
            for _ in range(10_000):
                monitor.at(0.5)
                time.sleep(0.01)
    monitor.at(1.0)
    return os.getpid()


@contextmanager
def open_handler() -> Iterator[Handler]:
    yield handle


def a_process(limits: WorkerLimits | None = None) -> WorkerProcess[str, int]:
    return WorkerProcess("test-worker", open_handler, lost=LOST, limits=limits)


@pytest.fixture(scope="module")
def process() -> Iterator[WorkerProcess[str, int]]:
    process = a_process()
    yield process
    process.close()


@pytest.fixture(params=["process", "inline"])
def worker(request: pytest.FixtureRequest, process: Worker[str, int]) -> Worker[str, int]:
    return process if request.param == "process" else InlineWorker(handle)


def cancelled_at(progress: float) -> tuple[RunMonitor, list[float]]:
    """Return a monitor that cancels once this progress is reported, and what was reported."""
    seen: list[float] = []
    return RunMonitor(seen.append, lambda: progress in seen), seen


# -- the contract, which the inline worker of other tests passes, too


def test_a_request_returns_its_result(worker: Worker[str, int]) -> None:
    assert worker.run("work", RunMonitor()) > 0


@pytest.mark.parametrize(
    ("request_", "problem", "field"),
    [
        ("fault", "must be below slow", "parameters.fast"),
        ("invalid", "days must be above 0", ""),
    ],
)
def test_an_error_of_the_work_names_problem_and_field(
    worker: Worker[str, int], request_: str, problem: str, field: str
) -> None:
    with pytest.raises(WorkFailed) as error:
        worker.run(request_, RunMonitor())
    assert (error.value.problem, error.value.field) == (problem, field)


def test_work_is_cancelled_at_its_next_report(worker: Worker[str, int]) -> None:
    monitor, seen = cancelled_at(0.5)
    with pytest.raises(RequestCancelled):
        worker.run("endless", monitor)
    assert 0.5 in seen
    assert worker.run("work", RunMonitor()) > 0


# -- the process alone


def test_no_process_is_started_before_the_first_request() -> None:
    assert a_process().pid is None


def test_the_process_survives_errors_and_cancellations(process: WorkerProcess[str, int]) -> None:
    first = process.run("work", RunMonitor())
    with pytest.raises(WorkFailed, match="KeyError: 'fast'"):
        process.run("bug", RunMonitor())
    with pytest.raises(RequestCancelled):
        process.run("endless", cancelled_at(0.5)[0])
    assert process.run("work", RunMonitor()) == first == process.pid


def test_a_process_that_ends_is_replaced(process: WorkerProcess[str, int]) -> None:
    first = process.run("work", RunMonitor())
    with pytest.raises(WorkerUnavailable, match=LOST):
        process.run("die", RunMonitor())
    assert process.pid is None
    assert process.run("work", RunMonitor()) != first


def test_a_process_that_ignores_its_cancellation_is_killed() -> None:
    process = a_process(WorkerLimits(cancelled_s=0.0))
    process.run("work", RunMonitor())
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(RequestCancelled, match="its process was ended"):
        process.run("hang", RunMonitor(is_cancelled=cancelled.is_set))
    assert process.pid is None


def test_a_process_that_is_too_slow_is_killed() -> None:
    process = a_process(WorkerLimits(time_s=0.3))
    with pytest.raises(WorkerUnavailable, match=r"test-worker: no answer in 0\.3 s"):
        process.run("hang", RunMonitor())
    assert process.pid is None


def test_a_process_is_replaced_after_its_number_of_requests() -> None:
    process = a_process(WorkerLimits(requests=1))
    first = process.run("work", RunMonitor())
    assert process.pid is None
    assert process.run("work", RunMonitor()) != first


@contextmanager
def open_nothing() -> Iterator[Handler]:
    raise SystemExit(3)
    yield handle


def test_the_start_after_a_failed_one_is_delayed() -> None:
    clock = ManualClock(NOW)
    process: WorkerProcess[str, int] = WorkerProcess(
        "test-worker", open_nothing, lost=LOST, clock=clock
    )

    def problem_of(run: Callable[[], object]) -> str:
        with pytest.raises(WorkerUnavailable) as error:
            run()
        return str(error.value)

    def run() -> int:
        return process.run("work", RunMonitor())

    assert problem_of(run) == LOST
    assert "see its log" in problem_of(run)
    clock.advance(60.0)
    assert problem_of(run) == LOST
