"""The queue of requested backtests and sweeps: they wait, run and finish without a client."""

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from backtesting.config import BacktestConfig
from backtesting.errors import Cancelled
from backtesting.monitor import RunMonitor
from backtesting.sweeps.config import SweepConfig
from dashboard.backtests.ports import BacktestRuns, RunFailed
from utils.clock import Clock
from utils.errors import ServiceUnavailable

log = logging.getLogger("truetape.dashboard")

MAX_WAITING = 20
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


class JobKind(StrEnum):
    """What a job runs."""

    BACKTEST = "backtest"
    SWEEP = "sweep"


class RunJob(msgspec.Struct, frozen=True, kw_only=True):
    """One requested run. `progress` from 0 to 1; `backtest_id` or `sweep` once it is stored.

    `summary` is that of a sweep.
    """

    id: int
    kind: JobKind
    config: dict[str, Any]
    submitted_at: datetime
    state: JobState = JobState.WAITING
    progress: float = 0.0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    problem: str = ""
    field: str = ""
    backtest_id: int | None = None
    is_new: bool = True
    sweep: str = ""
    summary: str = ""


class TooManyJobs(ServiceUnavailable):
    """Too many jobs wait already."""


@dataclass(frozen=True, slots=True)
class _Executor:
    runs: BacktestRuns
    thread: ThreadPoolExecutor


class JobQueue:
    """Runs the jobs of each kind one after the other, in a thread. Thread-safe."""

    def __init__(self, runs: Mapping[JobKind, BacktestRuns], clock: Clock) -> None:
        self._executors = {
            kind: _Executor(each, ThreadPoolExecutor(1, thread_name_prefix=f"{kind}s"))
            for kind, each in runs.items()
        }
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[int, RunJob] = {}
        self._cancelled: dict[int, threading.Event] = {}
        self._next_id = 1

    def submit(self, config: BacktestConfig) -> RunJob:
        """Queue a backtest; one that waits or runs already is not queued twice.

        Raises TooManyJobs.
        """
        return self._submit(JobKind.BACKTEST, config.model_dump(mode="json"))

    def submit_sweep(self, config: SweepConfig) -> RunJob:
        """Queue a sweep; it runs beside the backtests. Raises TooManyJobs."""
        return self._submit(JobKind.SWEEP, config.model_dump(mode="json"))

    def _submit(self, kind: JobKind, values: dict[str, Any]) -> RunJob:
        with self._lock:
            # A job that is being cancelled does not stand in for a new one.
            live = [
                job
                for job in self._jobs.values()
                if not job.state.is_finished and not self._cancelled[job.id].is_set()
            ]
            same = next((job for job in live if job.config == values), None)
            if same is not None:
                return same
            if len(live) >= MAX_WAITING:
                raise TooManyJobs(f"{len(live)} runs wait already: cancel one, or wait")
            job = RunJob(id=self._next_id, kind=kind, config=values, submitted_at=self._clock.now())
            self._next_id += 1
            self._jobs[job.id] = job
            self._cancelled[job.id] = threading.Event()
            self._evict_finished()
        self._executors[kind].thread.submit(self._run, job.id)
        return job

    def all(self) -> list[RunJob]:
        """Return the jobs, newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: -job.id)

    def cancel(self, job_id: int) -> None:
        """Cancel a job, at once if it waits, soon if it runs."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state.is_finished:
                return
            self._cancelled[job_id].set()
            if job.state is JobState.WAITING:
                self._put(job_id, state=JobState.CANCELLED, finished_at=self._clock.now())

    def dismiss(self, job_id: int) -> None:
        """Remove a job that has finished; its result stays stored."""
        with self._lock:
            if job_id in self._jobs and self._jobs[job_id].state.is_finished:
                self._drop(job_id)

    def close(self) -> None:
        """End all running and waiting jobs."""
        for executor in self._executors.values():
            executor.thread.shutdown(wait=False, cancel_futures=True)
            executor.runs.close()

    def _run(self, job_id: int) -> None:
        with self._lock:
            job, cancelled = self._jobs.get(job_id), self._cancelled.get(job_id)
            if job is None or cancelled is None or job.state is not JobState.WAITING:
                return
            self._put(job_id, state=JobState.RUNNING, started_at=self._clock.now())
        self._update(job_id, **self._outcome(job, cancelled), finished_at=self._clock.now())

    def _outcome(self, job: RunJob, cancelled: threading.Event) -> dict[str, Any]:
        monitor = RunMonitor(lambda part: self._update(job.id, progress=part), cancelled.is_set)
        try:
            ran = self._executors[job.kind].runs.run(job.config, monitor)
        except Cancelled as error:
            return {"state": JobState.CANCELLED, "problem": str(error)}
        except RunFailed as error:
            return {"state": JobState.FAILED, "problem": error.problem, "field": error.field}
        except Exception as error:  # noqa: BLE001 or the job would count as running for good
            return {"state": JobState.FAILED, "problem": _logged(job, error)}
        return {
            "state": JobState.DONE,
            "progress": 1.0,
            "backtest_id": ran.backtest_id,
            "is_new": ran.is_new,
            "sweep": ran.sweep,
            "summary": ran.summary,
        }

    def _update(self, job_id: int, **changes: Any) -> None:
        with self._lock:
            self._put(job_id, **changes)

    def _put(self, job_id: int, **changes: Any) -> None:
        self._jobs[job_id] = msgspec.structs.replace(self._jobs[job_id], **changes)

    def _evict_finished(self) -> None:
        finished = [job.id for job in self._jobs.values() if job.state.is_finished]
        for job_id in sorted(finished)[:-MAX_FINISHED]:
            self._drop(job_id)

    def _drop(self, job_id: int) -> None:
        del self._jobs[job_id]
        del self._cancelled[job_id]


def _logged(job: RunJob, error: Exception) -> str:
    log.error("job failed", exc_info=error, extra={"job": job.id, "kind": job.kind.value})
    return f"{type(error).__name__}: see the log"
