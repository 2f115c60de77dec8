"""Data jobs: queued once, run one by one, cancelled, and their final summary."""

import time
from collections.abc import Callable, Iterator
from multiprocessing import Pipe

import pytest

from dashboard.system.data_job_process import ProcessDataJobRunner, serve_data_job
from dashboard.system.data_jobs import (
    MAX_WAITING,
    DataJobFailed,
    DataJobKind,
    DataJobQueue,
    DataJobSpec,
    DataJobState,
    TooManyDataJobs,
)
from data.errors import InvalidValue
from tests.fakes.data_jobs import InlineDataJobs
from utils.clock import SystemClock
from utils.errors import ConfigError


def a_spec(kind: DataJobKind = DataJobKind.REPAIR, days: float = 7) -> DataJobSpec:
    return DataJobSpec(kind=kind, instrument="okx:BTC-USDT", days=days)


@pytest.fixture
def work() -> InlineDataJobs:
    return InlineDataJobs()


@pytest.fixture
def board(work: InlineDataJobs) -> Iterator[DataJobQueue]:
    board = DataJobQueue(work, SystemClock())
    yield board
    board.close()
    work.gate.set()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def states(board: DataJobQueue) -> list[DataJobState]:
    return [job.state for job in board.all()]


def test_a_chore_is_done_and_says_what_came_of_it(board: DataJobQueue) -> None:
    board.submit(a_spec(), "alice")
    until(lambda: states(board) == [DataJobState.DONE])
    (job,) = board.all()
    assert (job.summary, job.requested_by) == ("did repair of okx:BTC-USDT", "alice")


def test_the_same_chore_is_not_done_twice_at_once(
    board: DataJobQueue, work: InlineDataJobs
) -> None:
    work.gate.clear()
    first = board.submit(a_spec(), "alice")
    until(lambda: board.all()[0].progress == 0.42)
    assert board.submit(a_spec(), "bob").id == first.id
    board.submit(a_spec(days=30), "bob")
    assert states(board) == [DataJobState.WAITING, DataJobState.RUNNING]
    work.gate.set()
    until(lambda: states(board) == [DataJobState.DONE, DataJobState.DONE])


def test_chores_are_cancelled_whether_they_wait_or_run(
    board: DataJobQueue, work: InlineDataJobs
) -> None:
    work.gate.clear()
    running = board.submit(a_spec(), "alice")
    waiting = board.submit(a_spec(days=30), "alice")
    until(lambda: board.all()[1].state is DataJobState.RUNNING)
    board.cancel(waiting.id)
    board.cancel(running.id)
    until(lambda: states(board) == [DataJobState.CANCELLED, DataJobState.CANCELLED])
    board.cancel(running.id)
    assert work.done == []


def test_a_stopped_chore_does_not_stand_in_for_the_next(
    board: DataJobQueue, work: InlineDataJobs
) -> None:
    work.ignores_cancel = True
    work.gate.clear()
    first = board.submit(a_spec(), "alice")
    until(lambda: board.all()[0].state is DataJobState.RUNNING)
    board.cancel(first.id)
    assert board.submit(a_spec(), "alice").id != first.id
    work.gate.set()
    until(lambda: states(board)[0] is DataJobState.DONE)


def test_a_chore_that_fails_says_why(board: DataJobQueue, work: InlineDataJobs) -> None:
    work.problem = "the exchange does not answer"
    board.submit(a_spec(), "alice")
    until(lambda: states(board) == [DataJobState.FAILED])
    assert board.all()[0].summary == "the exchange does not answer"


def test_only_so_many_wait(board: DataJobQueue, work: InlineDataJobs) -> None:
    work.gate.clear()
    for days in range(MAX_WAITING):
        board.submit(a_spec(days=days + 1), "alice")
    with pytest.raises(TooManyDataJobs):
        board.submit(a_spec(days=100), "alice")


@pytest.mark.parametrize("days", [0, -1, 400, float("nan")])
def test_a_chore_is_about_some_days(days: float) -> None:
    with pytest.raises(InvalidValue):
        a_spec(days=days)


def succeed(spec: DataJobSpec, watch: Callable[[float], None]) -> str:
    watch(0.5)
    return f"{spec.kind} done"


def fail(_spec: DataJobSpec, _watch: Callable[[float], None]) -> str:
    raise ConfigError("okx", problem="is not reached")


def hang(_spec: DataJobSpec, watch: Callable[[float], None]) -> str:
    watch(0.1)
    time.sleep(600)
    return ""


def vanish(_spec: DataJobSpec, _watch: Callable[[float], None]) -> str:
    raise SystemExit(3)


def test_a_process_says_how_far_it_is_and_how_it_ended() -> None:
    ours, theirs = Pipe()
    serve_data_job(succeed, a_spec(), theirs)
    assert [ours.recv(), ours.recv()] == [0.5, (True, "repair done")]
    serve_data_job(fail, a_spec(), theirs)
    assert ours.recv() == (False, "okx: is not reached")


def test_a_process_that_vanishes_or_is_ended_is_told_of() -> None:
    parts: list[float] = []
    with pytest.raises(DataJobFailed, match="ended before"):
        ProcessDataJobRunner(vanish).do(a_spec(), parts.append, lambda: False)
    with pytest.raises(Exception, match="ended by hand"):
        ProcessDataJobRunner(hang).do(a_spec(), parts.append, lambda: 0.1 in parts)
