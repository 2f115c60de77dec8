"""Workers on this machine: one process for each core, all reading the same memory."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from backtesting.sweeps.crew import Crew
from backtesting.sweeps.errors import WorkersLost
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.parcel import Parcel, open_file
from backtesting.sweeps.pooled import ChunkDone, Pooled, evaluate_chunk
from backtesting.sweeps.trial import Evaluated
from backtesting.sweeps.workforce import Parameters, Workforce
from utils.compiled_cache import compiled_cache
from utils.supervision.spawn import ContextWithoutMain
from utils.worker import begin_worker

TASK_S = 0.5


@contextmanager
def worker_processes(workers: int) -> Iterator[Crew]:
    """Start workers; they end with the block, or with this process."""
    pool = ProcessPoolExecutor(
        workers,
        mp_context=ContextWithoutMain(),
        initializer=begin_worker,
        initargs=(compiled_cache().folder.parent,),
    )
    try:
        yield _ProcessCrew(pool, workers)
    finally:
        pool.shutdown(cancel_futures=True)


class _ProcessCrew(Crew):
    def __init__(self, pool: ProcessPoolExecutor, workers: int) -> None:
        self._pool = pool
        self._workers = workers

    @contextmanager
    def working_on(self, evaluator: Evaluator) -> Iterator[Workforce]:
        parcel = Parcel.of(evaluator)
        with tempfile.TemporaryDirectory(prefix="truetape-sweep-") as folder:
            path = Path(folder) / f"{parcel.digest}.parcel"
            path.write_bytes(parcel.payload)
            yield _Processes(self._pool, path, self._workers)


class _Processes(Pooled):
    def __init__(self, pool: ProcessPoolExecutor, path: Path, workers: int) -> None:
        super().__init__(
            lambda sets: pool.submit(_evaluate, path, sets), workers=workers, task_s=TASK_S
        )

    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, Evaluated]]]:
        try:
            yield from super().evaluate(sets)
        except BrokenProcessPool as error:
            raise WorkersLost(
                "a worker process ended in the middle (out of memory?): what was finished is "
                "kept; run the sweep again, with fewer workers if memory is short"
            ) from error


def _evaluate(path: Path, sets: Sequence[Parameters]) -> ChunkDone:
    return evaluate_chunk(_opened(path), sets)


@lru_cache(maxsize=1)
def _opened(path: Path) -> Evaluator:
    return open_file(path)
