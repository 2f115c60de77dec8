"""Workers on other machines, through a Dask scheduler. The only module that uses Dask."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from dask.typing import Key
from distributed import Client, Future, KilledWorker
from distributed.comm.core import CommClosedError

from backtesting.errors import WorkersLost
from backtesting.run.engine import code_digest
from backtesting.sweeps.chunked_pool import ChunkDone, ChunkedWorkerPool, evaluate_chunk
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.payload import SweepPayload, open_bytes
from backtesting.sweeps.trial import Parameters, TrialResult
from backtesting.sweeps.worker_pool import WorkerFactory, WorkerPool
from utils.errors import ConfigError

TASK_S = 1.0
"""A submitted task has an overhead of some milliseconds."""


@contextmanager
def cluster(address: str, *, connect_s: float = 10.0) -> Iterator[WorkerFactory]:
    """Connect to a scheduler, whose workers receive a sweep's payload once.

    Raises WorkersLost if there is no scheduler, ConfigError if a worker runs other code.
    """
    try:
        client = Client(address, timeout=connect_s, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkersLost(f"no Dask scheduler responds at {address}: {error}") from error
    with client:
        yield _ClusterWorkerFactory(client, _require_same_code(client, address))


class _ClusterWorkerFactory(WorkerFactory):
    def __init__(self, client: Client, workers: int) -> None:
        self._client = client
        self._workers = workers

    @contextmanager
    def open_pool(self, evaluator: Evaluator) -> Iterator[WorkerPool]:
        shared = self._client.scatter(SweepPayload.of(evaluator).payload, broadcast=True)
        yield _ClusterPool(self._client, shared, self._workers)


class _ClusterPool(ChunkedWorkerPool):
    def __init__(self, client: Client, shared: Future[bytes], workers: int) -> None:
        executor = client.get_executor()
        super().__init__(
            lambda sets: executor.submit(_evaluate, shared, sets),
            workers=workers,
            task_s=TASK_S,
        )

    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, TrialResult]]]:
        try:
            yield from super().evaluate(sets)
        except (KilledWorker, CommClosedError, TimeoutError) as error:
            raise WorkersLost(
                f"the cluster lost workers: {error}; finished trials are stored: run the "
                f"sweep again"
            ) from error


def _require_same_code(client: Client, address: str) -> int:
    """Return the number of worker threads; every worker must run the same code as this process."""
    ours, theirs = code_digest(), client.run(code_digest)
    if not theirs:
        raise WorkersLost(f"the scheduler at {address} has no workers: start dask worker {address}")
    for worker, digest in theirs.items():
        if digest != ours:
            problem = (
                f"worker {worker} runs different code ({digest}, here {ours}): "
                f"install the same version"
            )
            raise ConfigError("--scheduler", problem=problem)
    threads: dict[Key, int] = client.nthreads()
    return sum(threads.values())


def _evaluate(payload: bytes, sets: Sequence[Parameters]) -> ChunkDone:
    return evaluate_chunk(_opened(payload), sets)


@lru_cache(maxsize=1)
def _opened(payload: bytes) -> Evaluator:
    # Nannies start workers as daemons, which multiprocessing forbids to have children. Children
    # that run users' code end with their parent in any case.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    return open_bytes(payload)
