"""Workers on this machine: one process for each core, all reading the same memory."""

import multiprocessing
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from backtesting.sweeps.errors import WorkersLost
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.parcel import Parcel, open_file
from backtesting.sweeps.pooled import ChunkDone, Pooled, evaluate_chunk
from backtesting.sweeps.trial import Evaluated
from backtesting.sweeps.workforce import Parameters, Workforce
from utils.compiled_cache import compiled_cache
from utils.worker import begin_worker

TASK_S = 0.5
_held: list[Evaluator] = []
"""In a worker: what it was started for."""


@contextmanager
def worker_processes(parcel: Parcel, workers: int) -> Iterator[Workforce]:
    """Start workers; they end with the block, or with this process."""
    with tempfile.TemporaryDirectory(prefix="truetape-sweep-") as folder:
        path = Path(folder) / f"{parcel.digest}.parcel"
        path.write_bytes(parcel.payload)
        pool = ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=begin_worker,
            initargs=(compiled_cache().folder.parent, pickle.dumps(partial(_hold, path))),
        )
        try:
            yield _Processes(pool, workers)
        finally:
            pool.shutdown(cancel_futures=True)


class _Processes(Pooled):
    def __init__(self, pool: ProcessPoolExecutor, workers: int) -> None:
        super().__init__(lambda sets: pool.submit(_evaluate, sets), workers=workers, task_s=TASK_S)

    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, Evaluated]]]:
        try:
            yield from super().evaluate(sets)
        except BrokenProcessPool as error:
            raise WorkersLost(
                "a worker process ended in the middle (out of memory?): what was finished is "
                "kept; run the sweep again, with fewer workers if memory is short"
            ) from error


def _hold(path: Path) -> None:
    _held.append(open_file(path))


def _evaluate(sets: Sequence[Parameters]) -> ChunkDone:
    return evaluate_chunk(_held[0], sets)
