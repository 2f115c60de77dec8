"""Chores: asked for once, done one by one, cancelled, and what they say in the end."""

import time
from collections.abc import Callable, Iterator
from multiprocessing import Pipe

import pytest

from dashboard.system.chore_process import ProcessChores, serve_chore
from dashboard.system.chores import (
    MOST_WAITING,
    Chore,
    ChoreBoard,
    ChoreFailed,
    ChoreKind,
    ChoreState,
    TooManyChores,
)
from data.errors import InvalidValue
from tests.fakes.chores import InlineChores
from utils.clock import SystemClock
from utils.errors import ConfigError


def a_chore(kind: ChoreKind = ChoreKind.REPAIR, days: float = 7) -> Chore:
    return Chore(kind=kind, instrument="okx:BTC-USDT", days=days)


@pytest.fixture
def work() -> InlineChores:
    return InlineChores()


@pytest.fixture
def board(work: InlineChores) -> Iterator[ChoreBoard]:
    board = ChoreBoard(work, SystemClock())
    yield board
    board.close()
    work.gate.set()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def states(board: ChoreBoard) -> list[ChoreState]:
    return [job.state for job in board.all()]


def test_a_chore_is_done_and_says_what_came_of_it(board: ChoreBoard) -> None:
    board.submit(a_chore(), "alice")
    until(lambda: states(board) == [ChoreState.DONE])
    (job,) = board.all()
    assert (job.words, job.by) == ("did repair of okx:BTC-USDT", "alice")


def test_the_same_chore_is_not_done_twice_at_once(board: ChoreBoard, work: InlineChores) -> None:
    work.gate.clear()
    first = board.submit(a_chore(), "alice")
    until(lambda: board.all()[0].progress == 0.42)
    assert board.submit(a_chore(), "bob").id == first.id
    board.submit(a_chore(days=30), "bob")
    assert states(board) == [ChoreState.WAITING, ChoreState.RUNNING]
    work.gate.set()
    until(lambda: states(board) == [ChoreState.DONE, ChoreState.DONE])


def test_chores_are_cancelled_whether_they_wait_or_run(
    board: ChoreBoard, work: InlineChores
) -> None:
    work.gate.clear()
    running = board.submit(a_chore(), "alice")
    waiting = board.submit(a_chore(days=30), "alice")
    until(lambda: board.all()[1].state is ChoreState.RUNNING)
    board.cancel(waiting.id)
    board.cancel(running.id)
    until(lambda: states(board) == [ChoreState.CANCELLED, ChoreState.CANCELLED])
    board.cancel(running.id)
    assert work.done == []


def test_a_stopped_chore_does_not_stand_in_for_the_next(
    board: ChoreBoard, work: InlineChores
) -> None:
    work.deaf = True
    work.gate.clear()
    first = board.submit(a_chore(), "alice")
    until(lambda: board.all()[0].state is ChoreState.RUNNING)
    board.cancel(first.id)
    assert board.submit(a_chore(), "alice").id != first.id
    work.gate.set()
    until(lambda: states(board)[0] is ChoreState.DONE)


def test_a_chore_that_fails_says_why(board: ChoreBoard, work: InlineChores) -> None:
    work.problem = "the exchange does not answer"
    board.submit(a_chore(), "alice")
    until(lambda: states(board) == [ChoreState.FAILED])
    assert board.all()[0].words == "the exchange does not answer"


def test_only_so_many_wait(board: ChoreBoard, work: InlineChores) -> None:
    work.gate.clear()
    for days in range(MOST_WAITING):
        board.submit(a_chore(days=days + 1), "alice")
    with pytest.raises(TooManyChores):
        board.submit(a_chore(days=100), "alice")


@pytest.mark.parametrize("days", [0, -1, 400, float("nan")])
def test_a_chore_is_about_some_days(days: float) -> None:
    with pytest.raises(InvalidValue):
        a_chore(days=days)


def succeed(chore: Chore, watch: Callable[[float], None]) -> str:
    watch(0.5)
    return f"{chore.kind} done"


def fail(_chore: Chore, _watch: Callable[[float], None]) -> str:
    raise ConfigError("okx", problem="is not reached")


def hang(_chore: Chore, watch: Callable[[float], None]) -> str:
    watch(0.1)
    time.sleep(600)
    return ""


def vanish(_chore: Chore, _watch: Callable[[float], None]) -> str:
    raise SystemExit(3)


def test_a_process_says_how_far_it_is_and_how_it_ended() -> None:
    ours, theirs = Pipe()
    serve_chore(succeed, a_chore(), theirs)
    assert [ours.recv(), ours.recv()] == [0.5, (True, "repair done")]
    serve_chore(fail, a_chore(), theirs)
    assert ours.recv() == (False, "okx: is not reached")


def test_a_process_that_vanishes_or_is_ended_is_told_of() -> None:
    parts: list[float] = []
    with pytest.raises(ChoreFailed, match="ended before"):
        ProcessChores(vanish).do(a_chore(), parts.append, lambda: False)
    with pytest.raises(Exception, match="ended by hand"):
        ProcessChores(hang).do(a_chore(), parts.append, lambda: 0.1 in parts)
