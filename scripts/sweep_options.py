"""The options of both search commands: what to vary, and which workers to use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import typer

from backtesting.search import SearchKind
from backtesting.sweeps.processes import worker_processes
from backtesting.sweeps.scaling_pool import ScalingWorkerFactory
from backtesting.sweeps.worker_factory import SerialWorkerFactory, WorkerFactory
from scripts.option_values import MAX_ROWS
from utils.errors import ConfigError

HELD_ROWS = 100_000_000
"""A sweep's history is held in memory once, whatever its length."""


Vary = Annotated[
    list[str] | None,
    typer.Option(
        help="fast=5..50:5 (a range), slow=20,50 (values), or a bare name (all allowed); repeat."
    ),
]
Search = Annotated[SearchKind, typer.Option(help="Every combination, by chance, or by a model.")]
TrialCount = Annotated[
    int, typer.Option("--trials", min=1, max=10 * MAX_ROWS, help="For random and tpe.")
]
Seed = Annotated[
    int, typer.Option(min=0, max=2**32 - 1, help="For random and tpe: the same goes the same way.")
]
ObjectiveOption = Annotated[
    str, typer.Option("--objective", help="The metric that is searched for.")
]
Workers = Annotated[
    int | None,
    typer.Option(min=1, max=1_024, help="Processes. Default: one a core, once it takes seconds."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(help="Of a Dask cluster, as in tcp://host:8786; not processes."),
]


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


def vary_specs(vary: list[str] | None) -> list[str]:
    """Return the parameters to vary. Raises ConfigError if there are none."""
    if not vary:
        raise ConfigError("--vary", problem="say at least one, as in --vary fast=5..50:5")
    return vary
