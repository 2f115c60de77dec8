"""Workers that result in the calling process, as scripted."""

from collections.abc import Callable, Collection
from multiprocessing.connection import Connection
from typing import Literal

from strategies.workers.pool import CompletedJob, ReadyKey, WorkerJob, Workers
from strategies.workers.queries import QueryFailure, QueryResult, StrategyFileCache, failure
from utils.supervision import WorkState

JobOutcome = Literal["answers", "waits", "overruns", "starves", "dies"]
"""`waits`: no result yet. `overruns`: over its CPU budget. `starves`: the machine is overloaded."""


def answers(_: WorkerJob) -> JobOutcome:
    """Answer every job at once."""
    return "answers"


class InlineWorkers(Workers):
    """At each collection, `outcome` determines the result of each waiting job."""

    def __init__(self, outcome: Callable[[WorkerJob], JobOutcome] = answers) -> None:
        self.outcome = outcome
        self.ready: set[ReadyKey] = set()
        self._file_cache = StrategyFileCache()
        self._jobs: list[WorkerJob] = []

    def submit(self, job: WorkerJob) -> None:
        self._jobs.append(job)

    def collect(self) -> list[CompletedJob]:
        done, waiting = [], []
        for job in self._jobs:
            outcome = self.outcome(job)
            if outcome == "waits":
                waiting.append(job)
            else:
                done.append(CompletedJob(job, self._answer(job, outcome)))
        self._jobs = waiting
        return done

    def keep_ready(self, required: Collection[ReadyKey]) -> None:
        self.ready = set(required)

    def pipes(self) -> list[Connection]:
        return []

    def timeout_s(self) -> float | None:
        return None

    def close(self) -> None:
        self._jobs.clear()

    def reset_files(self) -> None:
        """Continue as a fresh worker that has read no file yet."""
        self._file_cache = StrategyFileCache()

    def _answer(self, job: WorkerJob, outcome: JobOutcome) -> QueryResult:
        if outcome == "overruns":
            return QueryFailure(f"used more than {job.budget_s:g} s", WorkState.OVER_CPU)
        if outcome == "starves":
            return QueryFailure("was not done: the machine is overloaded", WorkState.LOADED)
        if outcome == "dies":
            return QueryFailure("ended its process")
        try:
            return job.query.run(self._file_cache)
        except Exception as error:  # noqa: BLE001 a user's strategy may raise anything
            return failure(error, self._file_cache.folders)
