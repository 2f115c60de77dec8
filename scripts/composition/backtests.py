"""What backtests and sweeps run on: stored market data, and workers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from backtesting.data.stored import MarketStore
from backtesting.sweeps.processes import worker_processes
from backtesting.sweeps.scaling_pool import ScalingWorkerFactory
from backtesting.sweeps.worker_pool import SerialWorkerFactory, WorkerFactory
from scripts.composition.stores import Store
from utils.errors import ConfigError

MAX_ROWS_IN_MEMORY = 100_000_000
"""A sweep's history is held in memory once, whatever its length."""


def market_store_of(store: Store) -> MarketStore:
    """Return the repositories of market data."""
    return MarketStore(
        instruments=store.instruments,
        candles=store.candles,
        trades=store.trades,
        holes=store.holes,
    )


@contextmanager
def open_worker_factory(workers: int | None, scheduler: str | None) -> Iterator[WorkerFactory]:
    """Yield the worker factory: a cluster, this process for one worker, or processes.

    Without a number of workers, processes start once a sweep is slow. Raises ConfigError,
    WorkersLost.
    """
    if scheduler is not None:
        with _cluster(scheduler) as worker_factory:
            yield worker_factory
    elif workers is None:
        yield every_core()
    elif workers == 1:
        yield SerialWorkerFactory()
    else:
        with worker_processes(workers) as worker_factory:
            yield worker_factory


def every_core() -> WorkerFactory:
    """Return a factory of this process, joined by one on each core once a sweep takes long."""
    cores = os.cpu_count() or 1
    return (
        SerialWorkerFactory()
        if cores == 1
        else ScalingWorkerFactory(partial(worker_processes, cores))
    )


@contextmanager
def _cluster(address: str) -> Iterator[WorkerFactory]:
    try:
        from backtesting.sweeps.cluster import cluster
    except ModuleNotFoundError as error:
        problem = f"needs {error.name}: uv sync --group cluster"
        raise ConfigError("--scheduler", problem=problem) from error
    with cluster(address) as worker_factory:
        yield worker_factory
