"""Jobs on stored data that users start: they wait, run in another process, report progress."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from data.errors import InvalidValue
from utils.clock import Clock
from utils.errors import ServiceUnavailable, TruetapeError

log = logging.getLogger("truetape.dashboard")

MAX_WAITING = 10
MAX_KEPT = 20
MAX_JOB_DAYS = 366.0


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


class DataJobState(StrEnum):
    """The state of a data job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_LIVE = (DataJobState.WAITING, DataJobState.RUNNING)


class DataJob(msgspec.Struct, frozen=True, kw_only=True):
    """One requested data job; `progress` from 0 to 1, `summary` is that of its result."""

    id: int
    spec: DataJobSpec
    requested_by: str
    submitted_at: datetime
    state: DataJobState = DataJobState.WAITING
    progress: float = 0.0
    summary: str = ""
    finished_at: datetime | None = None


class DataJobFailed(TruetapeError):
    """A data job failed before it was done."""


class DataJobCancelled(TruetapeError):
    """A data job was cancelled; what it had done is kept."""


class TooManyDataJobs(ServiceUnavailable):
    """Too many data jobs wait already."""


class DataJobRunner(ABC):
    """Runs one data job at a time, in another process."""

    @abstractmethod
    def do(
        self,
        spec: DataJobSpec,
        progress: Callable[[float], None],
        is_cancelled: Callable[[], bool],
    ) -> str:
        """Run a job, blocking, and return a summary. Raises DataJobFailed, DataJobCancelled."""


class DataJobQueue:
    """Runs data jobs one after the other, in a thread. Thread-safe."""

    def __init__(self, work: DataJobRunner, clock: Clock) -> None:
        self._work = work
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[int, DataJob] = {}
        self._cancelled: set[int] = set()
        self._next_id = 1
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="data-jobs")

    def submit(self, spec: DataJobSpec, by: str) -> DataJob:
        """Queue a data job; one that waits or runs already is not queued twice.

        Raises TooManyDataJobs.
        """
        with self._lock:
            # A job that is being cancelled does not stand in for a new one.
            live = [
                job
                for job in self._jobs.values()
                if job.state in _LIVE and job.id not in self._cancelled
            ]
            if (same := next((job for job in live if job.spec == spec), None)) is not None:
                return same
            if len(live) >= MAX_WAITING:
                raise TooManyDataJobs(f"{len(live)} data jobs wait already: cancel one, or wait")
            job = DataJob(
                id=self._next_id, spec=spec, requested_by=by, submitted_at=self._clock.now()
            )
            self._next_id += 1
            self._jobs[job.id] = job
            for old in [each for each, kept in self._jobs.items() if kept.state not in _LIVE][
                :-MAX_KEPT
            ]:
                del self._jobs[old]
        self._thread.submit(self._run, job.id)
        return job

    def all(self) -> list[DataJob]:
        """Return the data jobs, newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: -job.id)

    def cancel(self, job_id: int) -> None:
        """Cancel a data job, at once if it waits, soon if it runs."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state not in _LIVE:
                return
            self._cancelled.add(job_id)
            if job.state is DataJobState.WAITING:
                self._put(job_id, state=DataJobState.CANCELLED, finished_at=self._clock.now())

    def close(self) -> None:
        """Cancel all running and waiting jobs."""
        with self._lock:
            self._cancelled |= set(self._jobs)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _run(self, job_id: int) -> None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state is not DataJobState.WAITING:
                return
            self._put(job_id, state=DataJobState.RUNNING)
        state, summary = self._outcome(job)
        self._update(job_id, state=state, summary=summary, finished_at=self._clock.now())

    def _outcome(self, job: DataJob) -> tuple[DataJobState, str]:
        def report(part: float) -> None:
            self._update(job.id, progress=part)

        try:
            return DataJobState.DONE, self._work.do(
                job.spec, report, lambda: job.id in self._cancelled
            )
        except DataJobCancelled as error:
            return DataJobState.CANCELLED, str(error)
        except DataJobFailed as error:
            return DataJobState.FAILED, str(error)
        except Exception as error:  # noqa: BLE001 or the job would count as running for good
            return DataJobState.FAILED, _logged(job, error)

    def _update(self, job_id: int, **changes: Any) -> None:
        with self._lock:
            self._put(job_id, **changes)

    def _put(self, job_id: int, **changes: Any) -> None:
        self._jobs[job_id] = msgspec.structs.replace(self._jobs[job_id], **changes)


def _logged(job: DataJob, error: Exception) -> str:
    log.error("job failed", exc_info=error, extra={"job": job.id})
    return f"{type(error).__name__}: see the log"
