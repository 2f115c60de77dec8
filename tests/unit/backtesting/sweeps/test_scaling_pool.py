"""Workers are called when one process takes too long; what comes out is the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backtesting.search import GridSearch
from backtesting.sweeps.scaling_pool import ScalingWorkerFactory
from backtesting.sweeps.worker_pool import SerialWorkerFactory, WorkerFactory
from tests.fakes.trials import InMemoryTrialRepository
from tests.sweep_world import crossing, evaluator, sweep


class CountingFactory:
    """Counts how often workers were called, and whether they were released."""

    def __init__(self) -> None:
        self.called = 0
        self.left = 0

    @contextmanager
    def open(self) -> Iterator[WorkerFactory]:
        self.called += 1
        yield SerialWorkerFactory()
        self.left += 1


def swept(worker_factory: WorkerFactory) -> str:
    with worker_factory.open_pool(evaluator()) as worker_pool:
        done = sweep(InMemoryTrialRepository()).run(GridSearch(crossing()), worker_pool)
    return done.table.digest()


def test_a_short_sweep_starts_no_worker() -> None:
    helpers = CountingFactory()
    assert swept(ScalingWorkerFactory(helpers.open, after_s=600.0)) == swept(SerialWorkerFactory())
    assert helpers.called == 0


def test_a_long_sweep_is_finished_by_workers_which_then_end() -> None:
    helpers = CountingFactory()
    assert swept(ScalingWorkerFactory(helpers.open, after_s=0.0)) == swept(SerialWorkerFactory())
    assert (helpers.called, helpers.left) == (1, 1)


@pytest.mark.parametrize("after_s", [0.0, 600.0])
def test_rounds_follow_each_other(after_s: float) -> None:
    helpers = CountingFactory()
    space = crossing()
    points = GridSearch(space).ask(20)
    sets = [space.parameters(point) for point in points]
    with ScalingWorkerFactory(helpers.open, after_s=after_s).open_pool(evaluator()) as worker_pool:
        for part in (sets[:3], sets[3:8], sets[8:]):
            numbers = [number for finished in worker_pool.evaluate(part) for number, _ in finished]
            assert sorted(numbers) == list(range(len(part)))
    assert helpers.called == (after_s == 0.0)
