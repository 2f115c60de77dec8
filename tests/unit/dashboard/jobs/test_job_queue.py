"""Jobs: one after the other, each with an end, without a client."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from backtesting.monitor import RunMonitor
from dashboard.jobs.job_queue import MAX_FINISHED, Job, JobQueue, JobState, TooManyJobs
from dashboard.jobs.worker import WorkerUnavailable, WorkFailed
from tests.fakes.worker import InlineWorker
from utils.clock import ManualClock

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MAX_WAITING = 5

Queue = JobQueue[int, str]


def work(request: int, monitor: RunMonitor) -> str:
    monitor.at(0.9)
    if request < 0:
        raise WorkFailed("must be above 0", "capital")
    return f"did {request}"


def until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def job_of(queue: Queue, job: Job[int, str]) -> Job[int, str]:
    return next(each for each in queue.all() if each.id == job.id)


def wait_for(queue: Queue, job: Job[int, str], state: JobState) -> Job[int, str]:
    until(lambda: job_of(queue, job).state is state)
    return job_of(queue, job)


def submit(queue: Queue, request: int, kind: str = "slow") -> Job[int, str]:
    return queue.submit(kind, request, "alice")


@pytest.fixture
def worker() -> InlineWorker[int, str]:
    return InlineWorker(work)


@pytest.fixture
def queue(worker: InlineWorker[int, str]) -> Iterator[Queue]:
    workers = {"slow": worker, "other": InlineWorker(work)}
    queue = JobQueue(workers, ManualClock(NOW), max_waiting=MAX_WAITING)
    yield queue
    queue.close()


def test_a_job_ends_with_its_result(queue: Queue) -> None:
    done = wait_for(queue, submit(queue, 12), JobState.DONE)
    assert (done.result, done.progress, done.requested_by) == ("did 12", 1.0, "alice")
    assert (done.submitted_at, done.started_at, done.finished_at) == (NOW, NOW, NOW)


def test_a_failure_names_problem_and_field(queue: Queue) -> None:
    failed = wait_for(queue, submit(queue, -1), JobState.FAILED)
    assert (failed.problem, failed.field) == ("must be above 0", "capital")


def test_progress_is_seen_while_it_runs(queue: Queue, worker: InlineWorker[int, str]) -> None:
    worker.gate.clear()
    job = submit(queue, 1)
    until(lambda: job_of(queue, job).progress == 0.42)
    assert job_of(queue, job).state is JobState.RUNNING
    worker.gate.set()
    wait_for(queue, job, JobState.DONE)


def test_the_same_request_is_queued_once(queue: Queue, worker: InlineWorker[int, str]) -> None:
    worker.gate.clear()
    first, second = submit(queue, 1), submit(queue, 1)
    assert first.id == second.id
    assert len(queue.all()) == 1


def test_a_running_job_is_cancelled_and_the_next_one_runs(
    queue: Queue, worker: InlineWorker[int, str]
) -> None:
    worker.gate.clear()
    first, second = submit(queue, 1), submit(queue, 2)
    wait_for(queue, first, JobState.RUNNING)
    queue.cancel(first.id)
    wait_for(queue, first, JobState.CANCELLED)
    queue.cancel(first.id)
    worker.gate.set()
    assert wait_for(queue, second, JobState.DONE).result == "did 2"


def test_a_stopped_job_does_not_stand_in_for_the_next(
    queue: Queue, worker: InlineWorker[int, str]
) -> None:
    worker.ignores_cancel = True
    worker.gate.clear()
    first = submit(queue, 1)
    wait_for(queue, first, JobState.RUNNING)
    queue.cancel(first.id)
    second = submit(queue, 1)
    assert second.id != first.id
    worker.gate.set()
    wait_for(queue, second, JobState.DONE)


def test_stopped_jobs_leave_their_places_to_others(
    queue: Queue, worker: InlineWorker[int, str]
) -> None:
    worker.ignores_cancel = True
    worker.gate.clear()
    first = submit(queue, 0)
    wait_for(queue, first, JobState.RUNNING)
    queue.cancel(first.id)
    for number in range(MAX_WAITING):
        submit(queue, number + 1)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (OSError("no process can be started"), "OSError: see the log"),
        (WorkerUnavailable("its process ended"), "its process ended"),
    ],
)
def test_a_job_ends_even_if_its_worker_fails(
    queue: Queue, worker: InlineWorker[int, str], error: Exception, problem: str
) -> None:
    def fail(*_: object) -> str:
        raise error

    worker.work = fail
    assert wait_for(queue, submit(queue, 1), JobState.FAILED).problem.endswith(problem)
    worker.work = work
    wait_for(queue, submit(queue, 1), JobState.DONE)


def test_a_waiting_job_is_cancelled_at_once(queue: Queue, worker: InlineWorker[int, str]) -> None:
    worker.gate.clear()
    submit(queue, 1)
    waiting = submit(queue, 2)
    queue.cancel(waiting.id)
    assert job_of(queue, waiting).state is JobState.CANCELLED


def test_only_a_finished_job_can_be_dismissed(queue: Queue, worker: InlineWorker[int, str]) -> None:
    done = wait_for(queue, submit(queue, 1), JobState.DONE)
    queue.dismiss(done.id)
    assert queue.all() == []
    worker.gate.clear()
    running = submit(queue, 2)
    queue.dismiss(running.id)
    assert [job.id for job in queue.all()] == [running.id]


def test_too_many_jobs_are_refused(queue: Queue, worker: InlineWorker[int, str]) -> None:
    worker.gate.clear()
    for request in range(MAX_WAITING):
        submit(queue, request)
    with pytest.raises(TooManyJobs, match="5 jobs wait already: cancel one, or wait"):
        submit(queue, 99)


def test_only_the_newest_finished_jobs_are_kept(queue: Queue) -> None:
    for request in range(MAX_FINISHED + 3):
        wait_for(queue, submit(queue, request), JobState.DONE)
    assert len(queue.all()) == MAX_FINISHED + 1


def test_each_kind_has_a_worker_of_its_own(queue: Queue, worker: InlineWorker[int, str]) -> None:
    worker.gate.clear()
    held = submit(queue, 1)
    wait_for(queue, held, JobState.RUNNING)
    other = submit(queue, 1, "other")
    assert other.id != held.id
    wait_for(queue, other, JobState.DONE)
    assert job_of(queue, held).state is JobState.RUNNING
