"""A worker pool that submits parameter sets in chunks: to processes or a cluster."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

from backtesting.sweeps.trial import Parameters, TrialResult
from backtesting.sweeps.worker_pool import Evaluate, WorkerPool

_WAITING_TASKS = 2
"""Tasks for each worker: one running and one queued."""


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """Results of a chunk of parameter sets, and how long a worker took."""

    evaluated: Sequence[TrialResult]
    elapsed_s: float


def evaluate_chunk(evaluate: Evaluate, sets: Sequence[Parameters]) -> ChunkDone:
    """Evaluate parameter sets one after the other."""
    started = time.perf_counter()
    evaluated = [evaluate(parameters) for parameters in sets]
    return ChunkDone(evaluated, time.perf_counter() - started)


Submit = Callable[[Sequence[Parameters]], "Future[ChunkDone]"]


class ChunkedWorkerPool(WorkerPool):
    """Submits chunks that take about `task_s` each; results do not depend on the chunk size."""

    def __init__(self, submit: Submit, *, workers: int, task_s: float) -> None:
        self._submit = submit
        self._workers = workers
        self._task_s = task_s
        self._chunk = 1

    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, TrialResult]]]:
        started, running = 0, dict[Future[ChunkDone], int]()
        try:
            while started < len(sets) or running:
                while started < len(sets) and len(running) < _WAITING_TASKS * self._workers:
                    chunk = sets[started : started + self._next_chunk(len(sets) - started)]
                    running[self._submit(chunk)] = started
                    started += len(chunk)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    first, done = running.pop(future), future.result()
                    self._adapt_chunk(done)
                    yield list(enumerate(done.evaluated, first))
        finally:
            for future in running:
                future.cancel()

    def _next_chunk(self, left: int) -> int:
        """Return the size of the next chunk: smaller near the end, so that workers end together."""
        fair = -(-left // (_WAITING_TASKS * self._workers))
        return max(1, min(self._chunk, fair))

    def _adapt_chunk(self, done: ChunkDone) -> None:
        each_s = done.elapsed_s / len(done.evaluated)
        self._chunk = max(1, min(int(self._task_s / max(each_s, 1e-9)), 10 * self._chunk))
