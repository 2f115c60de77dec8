"""The host of users' strategies: queries to worker processes, one at a time, under limits."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import TypeVar

from strategies.errors import UserCodeFailed
from strategies.strategy_handle import StrategyName
from strategies.workers.pool import ProcessWorkers, WorkerJob, Workers
from strategies.workers.queries import QueryFailure, QueryResult, WorkerQuery
from strategies.workers.worker import launcher
from utils.clock import SystemClock
from utils.compiled_cache import compiled_cache
from utils.supervision import ProcessCpuMeter

A = TypeVar("A")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLimits:
    """CPU seconds: for one decision, for loading a file, for verifying a strategy.

    They are those of the strategy engine.
    """

    budget_s: float = 2.0
    loading_s: float = 20.0
    verifying_s: float = 300.0


OpenWorkers = Callable[[], Workers]


class StrategyHost:
    """Workers that are launched for the first query; may be used from any thread.

    A closed host may be used again: then its workers are new, without state of what ran before.
    """

    def __init__(self, open_workers: OpenWorkers, limits: HostLimits | None = None) -> None:
        self.limits = limits or HostLimits()
        self._open_workers = open_workers
        self._workers: Workers | None = None
        self._deciding: set[StrategyName] = set()
        self._lock = threading.Lock()

    def request(self, query: WorkerQuery, kind: type[A], name: StrategyName, *, cpu_s: float) -> A:
        """Return the result of a query, of type `kind`. Raises UserCodeFailed."""
        result = self.run(query, cpu_s=cpu_s)
        if isinstance(result, kind):
            return result
        raise UserCodeFailed(f"strategy {name.strategy}: {problem_of(result)}")

    def decide(self, query: WorkerQuery, kind: type[A], name: StrategyName) -> A:
        """Return the result of a query that decides a window. Raises UserCodeFailed.

        The first one of a strategy may also use `loading_s`, to load and compile what it needs.
        """
        first = name not in self._deciding
        cpu_s = self.limits.budget_s + (self.limits.loading_s if first else 0.0)
        result = self.request(query, kind, name, cpu_s=cpu_s)
        self._deciding.add(name)
        return result

    def run(self, query: WorkerQuery, *, cpu_s: float) -> QueryResult:
        """Wait for the result of a query, or its failure, and return it."""
        with self._lock:
            if self._workers is None:
                self._workers = self._open_workers()
            result = _await_result(self._workers, WorkerJob(object(), query, cpu_s))
        if isinstance(result, QueryFailure) and not result.error:
            # Its process was ended: the next one loads the files again.
            self._deciding.clear()
        return result

    def close(self) -> None:
        """End the workers."""
        with self._lock:
            if self._workers is not None:
                self._workers.close()
            self._workers = None
            self._deciding.clear()


def problem_of(result: QueryResult) -> str:
    """Return the problem of an result that is not the expected one."""
    if isinstance(result, QueryFailure):
        return result.error or result.problem
    return "gave no answer"


def _await_result(workers: Workers, job: WorkerJob) -> QueryResult:
    workers.submit(job)
    while True:
        for done in workers.collect():
            if done.job is job:
                return done.result
        wait(workers.pipes(), workers.timeout_s())


def open_host(limits: HostLimits) -> StrategyHost:
    """Return a host of one worker process at a time; it ends with this process at the latest."""

    def open_workers() -> Workers:
        launch = launcher("strategy-worker", compiled_cache().folder.parent)
        return ProcessWorkers(
            launch, SystemClock(), ProcessCpuMeter(), most=1, loading_s=limits.loading_s
        )

    return StrategyHost(open_workers, limits)


@cache
def shared_host(limits: HostLimits) -> StrategyHost:
    """Return the host that all sweeps of this process share; it ends with the process."""
    host = open_host(limits)
    # A spawned process joins its children before it ends, and runs no other exit handlers.
    Finalize(None, host.close, exitpriority=10)
    return host
