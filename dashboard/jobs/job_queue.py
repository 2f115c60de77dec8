"""The queue of requested jobs: they wait, run and finish without a client."""

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic

from backtesting.monitor import RunMonitor
from dashboard.jobs.worker import Request, RequestCancelled, Result, Worker, WorkFailed
from utils.clock import Clock
from utils.errors import NotFound, ServiceUnavailable, TruetapeError

log = logging.getLogger("truetape.dashboard")

MAX_FINISHED = 20


class JobState(StrEnum):
    """The state of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_finished(self) -> bool:
        """Return whether the state is final."""
        return self not in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Request, Result]):
    """One requested job. `progress` from 0 to 1; `result` once it is done, else its `problem`.

    `kind` names its worker. `field` of the form of its request, if one is at fault.
    """

    id: int
    kind: str
    request: Request
    requested_by: str
    submitted_at: datetime
    state: JobState = JobState.WAITING
    progress: float = 0.0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    problem: str = ""
    field: str = ""
    result: Result | None = None


class TooManyJobs(ServiceUnavailable):
    """Too many jobs wait already."""


class JobMissing(NotFound):
    """No job has this number."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"job {job_id} does not exist; it may have been dismissed")


class JobQueue(Generic[Request, Result]):
    """Runs the jobs of each kind one after the other, in a thread. Thread-safe."""

    def __init__(
        self,
        workers: Mapping[str, Worker[Request, Result]],
        clock: Clock,
        *,
        max_waiting: int,
    ) -> None:
        self._workers = dict(workers)
        self._threads = {
            kind: ThreadPoolExecutor(1, thread_name_prefix=f"{kind}-jobs") for kind in workers
        }
        self._clock = clock
        self._max_waiting = max_waiting
        self._lock = threading.Lock()
        self._jobs: dict[int, Job[Request, Result]] = {}
        self._cancelled: dict[int, threading.Event] = {}
        self._next_id = 1

    def submit(self, kind: str, request: Request, requested_by: str) -> Job[Request, Result]:
        """Queue a job; one that waits or runs already is not queued twice. Raises TooManyJobs."""
        with self._lock:
            # A job that is being cancelled does not stand in for a new one.
            live = [
                job
                for job in self._jobs.values()
                if not job.state.is_finished and not self._cancelled[job.id].is_set()
            ]
            for job in live:
                if (job.kind, job.request) == (kind, request):
                    return job
            if len(live) >= self._max_waiting:
                raise TooManyJobs(f"{len(live)} jobs wait already: cancel one, or wait")
            job = Job(
                id=self._next_id,
                kind=kind,
                request=request,
                requested_by=requested_by,
                submitted_at=self._clock.now(),
            )
            self._next_id += 1
            self._jobs[job.id] = job
            self._cancelled[job.id] = threading.Event()
            self._evict_finished()
        self._threads[kind].submit(self._run, job.id)
        return job

    def all(self) -> list[Job[Request, Result]]:
        """Return the jobs, newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: -job.id)

    def cancel(self, job_id: int) -> None:
        """Cancel a job, at once if it waits, soon if it runs. Raises JobMissing."""
        with self._lock:
            job = self._job(job_id)
            if job.state.is_finished:
                return
            self._cancelled[job_id].set()
            if job.state is JobState.WAITING:
                self._put(job_id, state=JobState.CANCELLED, finished_at=self._clock.now())

    def dismiss(self, job_id: int) -> None:
        """Remove a job that has finished; its result stays stored. Raises JobMissing."""
        with self._lock:
            if self._job(job_id).state.is_finished:
                self._drop(job_id)

    def close(self) -> None:
        """End all running and waiting jobs."""
        with self._lock:
            for cancelled in self._cancelled.values():
                cancelled.set()
        for thread in self._threads.values():
            thread.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers.values():
            worker.close()

    def _job(self, job_id: int) -> Job[Request, Result]:
        if job_id not in self._jobs:
            raise JobMissing(job_id)
        return self._jobs[job_id]

    def _run(self, job_id: int) -> None:
        with self._lock:
            job, cancelled = self._jobs.get(job_id), self._cancelled.get(job_id)
            if job is None or cancelled is None or job.state is not JobState.WAITING:
                return
            self._put(job_id, state=JobState.RUNNING, started_at=self._clock.now())
        self._update(job_id, **self._outcome(job, cancelled), finished_at=self._clock.now())

    def _outcome(self, job: Job[Request, Result], cancelled: threading.Event) -> dict[str, Any]:
        monitor = RunMonitor(lambda part: self._update(job.id, progress=part), cancelled.is_set)
        try:
            result = self._workers[job.kind].run(job.request, monitor)
        except RequestCancelled as error:
            return {"state": JobState.CANCELLED, "problem": str(error)}
        except WorkFailed as error:
            return {"state": JobState.FAILED, "problem": error.problem, "field": error.field}
        except TruetapeError as error:
            return {"state": JobState.FAILED, "problem": str(error)}
        except Exception as error:  # noqa: BLE001 or the job would count as running for good
            _log_failure(job, error)
            return {"state": JobState.FAILED, "problem": f"{type(error).__name__}: see the log"}
        return {"state": JobState.DONE, "progress": 1.0, "result": result}

    def _update(self, job_id: int, **changes: Any) -> None:
        with self._lock:
            self._put(job_id, **changes)

    def _put(self, job_id: int, **changes: Any) -> None:
        self._jobs[job_id] = replace(self._jobs[job_id], **changes)

    def _evict_finished(self) -> None:
        finished = [job.id for job in self._jobs.values() if job.state.is_finished]
        for job_id in sorted(finished)[:-MAX_FINISHED]:
            self._drop(job_id)

    def _drop(self, job_id: int) -> None:
        del self._jobs[job_id]
        del self._cancelled[job_id]


def _log_failure(job: Job[Any, Any], error: Exception) -> None:
    log.error("job failed", exc_info=error, extra={"job": job.id, "kind": job.kind})
