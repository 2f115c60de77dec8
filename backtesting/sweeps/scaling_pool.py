"""A pool that starts workers once a sweep runs longer than their start would."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.trial import Parameters, TrialResult
from backtesting.sweeps.worker_pool import SerialWorkerPool, WorkerFactory, WorkerPool

WorkerFactoryOpener = Callable[[], AbstractContextManager[WorkerFactory]]
AFTER_S = 2.0


class ScalingWorkerFactory(WorkerFactory):
    """Uses this process for `after_s`, then the workers of `open_factory`; results are equal."""

    def __init__(self, open_factory: WorkerFactoryOpener, *, after_s: float = AFTER_S) -> None:
        self._open_factory = open_factory
        self._after_s = after_s

    @contextmanager
    def open_pool(self, evaluator: Evaluator) -> Iterator[WorkerPool]:
        with ExitStack() as stack:

            def open_large_pool() -> WorkerPool:
                worker_factory = stack.enter_context(self._open_factory())
                return stack.enter_context(worker_factory.open_pool(evaluator))

            yield _ScalingPool(SerialWorkerPool(evaluator), open_large_pool, self._after_s)


class _ScalingPool(WorkerPool):
    def __init__(
        self, serial_pool: WorkerPool, open_large_pool: Callable[[], WorkerPool], after_s: float
    ) -> None:
        self._serial_pool = serial_pool
        self._open_large_pool = open_large_pool
        self._left_s = after_s
        self._large_pool: WorkerPool | None = None

    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, TrialResult]]]:
        done = 0
        if self._large_pool is None:
            for finished in self._evaluate_serially(sets):
                done += len(finished)
                yield finished
        if done < len(sets):
            self._large_pool = self._large_pool or self._open_large_pool()
            for finished in self._large_pool.evaluate(sets[done:]):
                yield [(done + number, evaluated) for number, evaluated in finished]

    def _evaluate_serially(
        self, sets: Sequence[Parameters]
    ) -> Iterator[Sequence[tuple[int, TrialResult]]]:
        started = time.monotonic()
        for finished in self._serial_pool.evaluate(sets):
            yield finished
            if time.monotonic() - started > self._left_s:
                break
        self._left_s -= time.monotonic() - started
