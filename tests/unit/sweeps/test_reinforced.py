"""Workers are called when one process takes too long; what comes out is the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backtesting.search import GridSearch
from backtesting.sweeps.crew import Crew, OneProcess
from backtesting.sweeps.reinforced import Reinforced
from tests.fakes.trials import InMemoryTrialRepository
from tests.sweep_world import crossing, evaluator, sweep


class Helpers:
    """Counts how often workers were called, and whether they were let go."""

    def __init__(self) -> None:
        self.called = 0
        self.left = 0

    @contextmanager
    def open(self) -> Iterator[Crew]:
        self.called += 1
        yield OneProcess()
        self.left += 1


def swept(crew: Crew) -> str:
    with crew.working_on(evaluator()) as workforce:
        done = sweep(InMemoryTrialRepository()).run(GridSearch(crossing()), workforce)
    return done.table.digest()


def test_a_short_sweep_calls_nobody() -> None:
    helpers = Helpers()
    assert swept(Reinforced(helpers.open, after_s=600.0)) == swept(OneProcess())
    assert helpers.called == 0


def test_a_long_one_is_finished_by_workers_who_then_go() -> None:
    helpers = Helpers()
    assert swept(Reinforced(helpers.open, after_s=0.0)) == swept(OneProcess())
    assert (helpers.called, helpers.left) == (1, 1)


@pytest.mark.parametrize("after_s", [0.0, 600.0])
def test_rounds_follow_each_other(after_s: float) -> None:
    helpers = Helpers()
    space = crossing()
    points = GridSearch(space).ask(20)
    sets = [space.parameters(point) for point in points]
    with Reinforced(helpers.open, after_s=after_s).working_on(evaluator()) as workforce:
        for part in (sets[:3], sets[3:8], sets[8:]):
            numbers = [number for finished in workforce.evaluate(part) for number, _ in finished]
            assert sorted(numbers) == list(range(len(part)))
    assert helpers.called == (after_s == 0.0)
