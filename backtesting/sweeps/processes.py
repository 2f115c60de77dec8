"""Workers on this machine: processes that share the same memory."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from backtesting.errors import WorkersLost
from backtesting.sweeps.chunked_pool import ChunkDone, ChunkedWorkerPool, evaluate_chunk
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.payload import SweepPayload, open_file
from backtesting.sweeps.trial import Parameters, TrialResult
from backtesting.sweeps.worker_pool import WorkerFactory, WorkerPool
from utils.compiled_cache import compiled_cache
from utils.supervision.child import ContextWithoutMain, begin_worker

TASK_S = 0.5


@contextmanager
def worker_processes(workers: int) -> Iterator[WorkerFactory]:
    """Start workers; they end with the context, or with this process."""
    pool = ProcessPoolExecutor(
        workers,
        mp_context=ContextWithoutMain(),
        initializer=begin_worker,
        initargs=(compiled_cache().folder.parent,),
    )
    try:
        yield _ProcessWorkerFactory(pool, workers)
    finally:
        pool.shutdown(cancel_futures=True)


class _ProcessWorkerFactory(WorkerFactory):
    def __init__(self, pool: ProcessPoolExecutor, workers: int) -> None:
        self._pool = pool
        self._workers = workers

    @contextmanager
    def open_pool(self, evaluator: Evaluator) -> Iterator[WorkerPool]:
        payload = SweepPayload.of(evaluator)
        with tempfile.TemporaryDirectory(prefix="truetape-sweep-") as folder:
            path = Path(folder) / f"{payload.digest}.parcel"
            path.write_bytes(payload.payload)
            yield _ProcessPool(self._pool, path, self._workers)


class _ProcessPool(ChunkedWorkerPool):
    def __init__(self, pool: ProcessPoolExecutor, path: Path, workers: int) -> None:
        super().__init__(
            lambda sets: pool.submit(_evaluate, path, sets), workers=workers, task_s=TASK_S
        )

    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, TrialResult]]]:
        try:
            yield from super().evaluate(sets)
        except BrokenProcessPool as error:
            raise WorkersLost(
                "a worker process ended unexpectedly (out of memory?): finished trials are "
                "stored; run the sweep again, with fewer workers if memory is short"
            ) from error


def _evaluate(path: Path, sets: Sequence[Parameters]) -> ChunkDone:
    return evaluate_chunk(_opened(path), sets)


@lru_cache(maxsize=1)
def _opened(path: Path) -> Evaluator:
    return open_file(path)
