"""Jobs on stored data that users start, and their worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial

import msgspec

from backtesting.monitor import RunMonitor
from dashboard.jobs.job_queue import Job, JobQueue, JobState
from dashboard.jobs.worker import Worker
from dashboard.jobs.worker_process import Handler, WorkerLimits, WorkerProcess
from data.errors import InvalidValue
from utils.clock import Clock

KIND = "data"
MAX_WAITING = 10
MAX_JOB_DAYS = 366.0
_LOST = "its process ended unexpectedly; the data stored until then is kept"
_CANCELLED = "cancelled; the data stored until then is kept"


class DataJobKind(StrEnum):
    """DOWNLOAD: the exchange's own candles. REPAIR: trades of declared holes. VERIFY: compare
    candles with their trades.
    """

    DOWNLOAD = "download"
    REPAIR = "repair"
    VERIFY = "verify"


class DataJobSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job on one instrument's data of the last days. Raises InvalidValue."""

    kind: DataJobKind
    instrument: str
    days: float = 7.0

    def __post_init__(self) -> None:
        if not 0 < self.days <= MAX_JOB_DAYS:
            raise InvalidValue(f"days must be above 0 and at most {MAX_JOB_DAYS:g}: {self.days}")


DataWorker = Worker[DataJobSpec, str]
DataJob = Job[DataJobSpec, str]
DataJobQueue = JobQueue[DataJobSpec, str]
"""Jobs whose results are summaries."""

PerformDataJob = Callable[[DataJobSpec, RunMonitor], str]
"""Runs a data job and returns a summary. Raises TruetapeError."""


def data_job_queue(worker: DataWorker, clock: Clock) -> DataJobQueue:
    """Return a queue of data jobs, which run one after the other."""
    return JobQueue({KIND: worker}, clock, max_waiting=MAX_WAITING)


def data_worker(perform: PerformDataJob) -> DataWorker:
    """Return a worker with a process per job: its memory is freed with it.

    `perform` must be picklable, as a function of a module is. A job cannot notice that it is
    cancelled, so its process is killed at once.
    """
    return WorkerProcess(
        "dashboard-data-jobs",
        partial(_open_handler, perform),
        lost=_LOST,
        limits=WorkerLimits(cancelled_s=0.0, requests=1),
    )


@contextmanager
def _open_handler(perform: PerformDataJob) -> Iterator[Handler]:
    yield perform


def data_job_summary(job: DataJob) -> str:
    """Return the summary of a job's result, or its problem."""
    if job.result is not None:
        return job.result
    return _CANCELLED if job.state is JobState.CANCELLED and job.started_at else job.problem
