"""Backtests and sweeps as jobs: what their workers run, and what it stores."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec

from backtesting.monitor import RunMonitor
from dashboard.jobs.job_queue import Job, JobQueue
from dashboard.jobs.worker import Worker, WorkFailed
from dashboard.jobs.worker_process import Handler, WorkerProcess
from utils.clock import Clock
from utils.errors import ConfigError
from utils.priority import BACKGROUND

MAX_WAITING = 20
_LOST = (
    "the process of the backtest ended before it was done; it may have been out of memory: choose "
    "a shorter span, or resolution bars"
)


class RunKind(StrEnum):
    """What a job runs: each kind has a worker of its own."""

    BACKTEST = "backtest"
    SWEEP = "sweep"


class StoredRun(msgspec.Struct, frozen=True):
    """A stored backtest (`is_new` unless the same one was stored before), or a sweep.

    `summary` is that of a sweep.
    """

    backtest_id: int | None
    is_new: bool
    sweep: str = ""
    summary: str = ""


RunWorker = Worker[dict[str, Any], StoredRun]
RunJob = Job[dict[str, Any], StoredRun]
RunQueue = JobQueue[dict[str, Any], StoredRun]
"""Jobs whose requests are configurations as JSON values."""

Runner = Callable[[dict[str, Any], RunMonitor], StoredRun]
RunnerOpener = Callable[[], AbstractContextManager[Runner]]


def run_queue(workers: Mapping[RunKind, RunWorker], clock: Clock) -> RunQueue:
    """Return a queue for each kind of run: sweeps run beside backtests."""
    named = {kind.value: worker for kind, worker in workers.items()}
    return JobQueue(named, clock, max_waiting=MAX_WAITING)


def run_worker(name: str, open_runner: RunnerOpener) -> RunWorker:
    """Return a worker process that runs configurations; `open_runner` must be picklable."""
    # Pages and servers have priority.
    return WorkerProcess(name, partial(_open_handler, open_runner), lost=_LOST, niceness=BACKGROUND)


@contextmanager
def _open_handler(open_runner: RunnerOpener) -> Iterator[Handler]:
    with open_runner() as runner:
        yield partial(run_configuration, runner)


def run_configuration(runner: Runner, values: dict[str, Any], monitor: RunMonitor) -> StoredRun:
    """Run a configuration. Raises WorkFailed with the field of the form for a ConfigError."""
    try:
        return runner(values, monitor)
    except ConfigError as error:
        raise WorkFailed(error.problem, _form_field(error)) from error


def _form_field(error: ConfigError) -> str:
    of_strategy = error.source == "parameters" or error.source.startswith("strategy ")
    if of_strategy and error.field and not error.field.startswith("exits."):
        return f"parameters.{error.field}"
    return error.field
