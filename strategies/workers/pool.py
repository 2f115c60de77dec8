"""Worker processes that result queries about users' strategies, ended at their limits.

Code is limited by the CPU time of its worker; an attempt that the wall limit ends before that is
tried again in a fresh worker (utils/supervision/limits.py). One more worker than is busy is kept
ready, so that the next query never waits for one that hangs. A job of a strategy that failed
before, and one that is tried again, is a suspect: suspects never have all the workers, and for
each suspect or slow job one more worker is allowed.
"""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from queue import SimpleQueue

from data import Timeframe
from strategies.workers.queries import (
    PrepareStrategy,
    QueryFailure,
    QueryResult,
    StrategySpec,
    WorkerQuery,
)
from strategies.workers.results import OutputLines
from utils.backoff import Backoff
from utils.clock import Clock
from utils.supervision import CpuMeter, LimitedWork, RunningProcess, WorkLimits, WorkState

log = logging.getLogger("truetape.strategies")

_MOST_FAILED_STARTS = 3

ReadyKey = tuple[StrategySpec, Timeframe]
"""What a worker is prepared for: a strategy, and the timeframe of its candles."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkerJob:
    """A query, its name, and the CPU seconds that its result may use.

    `ready`: what the worker must have prepared before they count.
    """

    name: Hashable
    query: WorkerQuery
    budget_s: float
    ready: ReadyKey | None = None
    suspect: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CompletedJob:
    """A job and its result."""

    job: WorkerJob
    result: QueryResult


class Workers(ABC):
    """Answers queries asynchronously."""

    @abstractmethod
    def submit(self, job: WorkerJob) -> None:
        """Queue a job; `collect` returns its result."""

    @abstractmethod
    def collect(self) -> list[CompletedJob]:
        """Return the completed jobs; end those that exceed their limits. Never waits."""

    @abstractmethod
    def keep_ready(self, required: Collection[ReadyKey]) -> None:
        """Set what idle workers are prepared for."""

    @abstractmethod
    def pipes(self) -> list[Connection]:
        """Return the connections that become readable when there is something to collect."""

    @abstractmethod
    def timeout_s(self) -> float | None:
        """Return the seconds until `collect` is due, None if nothing is."""

    @abstractmethod
    def close(self) -> None:
        """End all workers."""


@dataclass(slots=True, eq=False)
class _Task:
    """A job that waits or runs, with the limits of preparing a worker for it and of its result.

    `interrupted`: an attempt was ended; the next one is made in a fresh worker.
    """

    job: WorkerJob
    preparation: LimitedWork
    execution: LimitedWork
    interrupted: bool = False

    @property
    def is_suspect(self) -> bool:
        return self.job.suspect or self.interrupted


@dataclass(slots=True, eq=False)
class _Worker:
    """A process and its current task. It sends None once it accepts queries.

    `work`: the limited work that it runs, None while idle. `used`: it ran a user's code before.
    """

    process: RunningProcess
    pipe: Connection
    outbox: "SimpleQueue[WorkerQuery | None]"
    started: bool = False
    used: bool = False
    task: _Task | None = None
    preparing: ReadyKey | None = None
    work: LimitedWork | None = None
    ready_for: set[ReadyKey] = field(default_factory=set)

    @property
    def idle(self) -> bool:
        return self.started and self.work is None

    @property
    def is_suspect(self) -> bool:
        return self.task is not None and self.task.is_suspect

    @property
    def is_aside(self) -> bool:
        """Return whether other jobs must not wait for it."""
        return self.is_suspect or (self.work is not None and self.work.is_slow)


Launch = Callable[[], tuple[RunningProcess, Connection]]


class ProcessWorkers(Workers):
    """At most `most` processes, and one more for each suspect or slow job, up to twice as many in
    all; none is launched before one is needed. `loading_s`: CPU seconds for preparing.
    """

    def __init__(
        self, launch: Launch, clock: Clock, meter: CpuMeter, *, most: int, loading_s: float
    ) -> None:
        self._launch = launch
        self._clock = clock
        self._meter = meter
        self._most = most
        self._loading_s = loading_s
        self._queue: list[_Task] = []
        self._workers: list[_Worker] = []
        self._done: list[CompletedJob] = []
        self._keep_ready: frozenset[ReadyKey] = frozenset()
        self._unprepared: set[ReadyKey] = set()
        self._failed_starts = Backoff(first_s=0.2, cap_s=30.0)
        self._next_start_s = 0.0

    def submit(self, job: WorkerJob) -> None:
        self._queue.append(_Task(job, self._limited(self._loading_s), self._limited(job.budget_s)))
        self._assign()

    def keep_ready(self, required: Collection[ReadyKey]) -> None:
        self._keep_ready = frozenset(required)
        self._unprepared &= self._keep_ready
        self._assign()

    def pipes(self) -> list[Connection]:
        return [worker.pipe for worker in self._workers]

    def timeout_s(self) -> float | None:
        due = [worker.work.due_s for worker in self._workers if worker.work is not None]
        if self._failed_starts.attempts and (self._queue or self._keep_ready):
            due.append(self._next_start_s)
        return max(min(due) - self._clock.monotonic_s(), 0.0) if due else None

    def collect(self) -> list[CompletedJob]:
        for worker in list(self._workers):
            self._receive(worker)
        for worker in list(self._workers):
            self._check_limits(worker)
        self._assign()
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        for worker in self._workers:
            _terminate(worker)
        self._workers.clear()
        self._queue.clear()

    def _limited(self, cpu_s: float) -> LimitedWork:
        return LimitedWork(WorkLimits.of(cpu_s), self._meter, self._clock)

    def _receive(self, worker: _Worker) -> None:
        try:
            while worker in self._workers and worker.pipe.poll():
                self._process(worker, worker.pipe.recv())
        except (EOFError, OSError):
            if worker.started:
                self._fail(worker, QueryFailure("ended its process"))
            else:
                self._fail_start(worker)

    def _process(self, worker: _Worker, result: QueryResult | OutputLines | None) -> None:
        if isinstance(result, OutputLines):
            _log_printed(worker, result)
            return
        if result is None:
            worker.started = True
            self._failed_starts.reset()
            return
        worker.work = None
        task = worker.task
        if worker.preparing is not None:
            # An error of the preparation is raised again by the query.
            self._is_ready(worker, worker.preparing)
            worker.preparing = None
            if task is not None:
                task.preparation = self._limited(self._loading_s)
                self._send(worker, task)
        elif task is not None:
            if task.job.ready is not None:
                self._is_ready(worker, task.job.ready)
            worker.task = None
            self._done.append(CompletedJob(task.job, result))

    def _fail_start(self, worker: _Worker) -> None:
        """Delay the next start; fail the queued jobs if several starts in a row failed.

        The code is not the cause: the machine or the installation is.
        """
        self._end(worker)
        self._next_start_s = self._clock.monotonic_s() + self._failed_starts.next_delay_s()
        if self._failed_starts.attempts < _MOST_FAILED_STARTS:
            return
        log.error("strategy workers failed to start", extra={"count": len(self._queue)})
        problem = "cannot be run: its worker processes failed to start; see the log"
        result = QueryFailure(problem, WorkState.LOADED)
        self._done += [CompletedJob(task.job, result) for task in self._queue]
        self._queue.clear()

    def _is_ready(self, worker: _Worker, ready: ReadyKey) -> None:
        worker.ready_for.add(ready)
        self._unprepared.discard(ready)

    def _check_limits(self, worker: _Worker) -> None:
        work = worker.work
        if work is None or self._clock.monotonic_s() < work.due_s:
            return
        state = work.check()
        if state is WorkState.RETRY:
            self._interrupt(worker)
        elif state is not WorkState.RUNNING:
            self._fail(worker, QueryFailure(work.problem(state), state))

    def _fail(self, worker: _Worker, result: QueryFailure) -> None:
        """End a worker, and complete its job with this failure."""
        self._end(worker)
        if worker.preparing is not None and result.exceeded is not WorkState.LOADED:
            self._unprepared.add(worker.preparing)
        if worker.task is not None:
            self._done.append(CompletedJob(worker.task.job, result))

    def _interrupt(self, worker: _Worker) -> None:
        """End a worker, and queue its job again, behind all others, for a fresh one."""
        self._end(worker)
        if worker.task is not None:
            worker.task.interrupted = True
            self._queue.append(worker.task)

    def _end(self, worker: _Worker) -> None:
        _terminate(worker)
        self._workers.remove(worker)
        log.info("strategy worker ended", extra={"pid": worker.process.pid})

    def _assign(self) -> None:
        for task in self._next_tasks():
            worker = self._worker_for(task)
            if worker is not None:
                self._queue.remove(task)
                self._begin(worker, task)
        self._defer_slow()
        for worker in filter(lambda worker: worker.idle, self._workers):
            self._prepare_spare(worker)
        self._adjust()

    def _next_tasks(self) -> list[_Task]:
        """Return the queue in the order of service: suspects last, and never in all workers."""
        suspects = sum(worker.is_suspect for worker in self._workers)
        capacity = max(self._most - 1, 1) - suspects
        trusted = [task for task in self._queue if not task.is_suspect]
        return trusted + [task for task in self._queue if task.is_suspect][: max(capacity, 0)]

    def _worker_for(self, task: _Task) -> _Worker | None:
        idle = [w for w in self._workers if w.idle and not (w.used and task.interrupted)]
        prepared = [worker for worker in idle if task.job.ready in worker.ready_for]
        return next(iter(prepared or idle), None)

    def _begin(self, worker: _Worker, task: _Task) -> None:
        worker.task = task
        ready = task.job.ready
        # What could not be prepared is sent as it is: loading counts then.
        if ready is None or ready in worker.ready_for or ready in self._unprepared:
            self._send(worker, task)
        else:
            self._prepare(worker, ready, task.preparation)

    def _send(self, worker: _Worker, task: _Task) -> None:
        worker.used = True
        self._measure(worker, task.execution)
        worker.outbox.put(task.job.query)

    def _prepare(self, worker: _Worker, ready: ReadyKey, work: LimitedWork) -> None:
        worker.preparing = ready
        self._measure(worker, work)
        worker.outbox.put(PrepareStrategy(*ready))

    def _measure(self, worker: _Worker, work: LimitedWork) -> None:
        worker.work = work
        work.begin(worker.process.pid)

    def _prepare_spare(self, worker: _Worker) -> None:
        """Prepare an idle worker for a missing key that no other worker is preparing."""
        now = {other.preparing for other in self._workers}
        missing = self._keep_ready - worker.ready_for - self._unprepared - now
        if missing:
            self._prepare(worker, next(iter(missing)), self._limited(self._loading_s))

    def _defer_slow(self) -> None:
        """Requeue the slowest trusted job behind those that wait for it, once for each job."""
        waiting = any(not task.is_suspect for task in self._queue)
        full = len(self._workers) >= 2 * self._most
        if not (waiting and full and all(worker.is_aside for worker in self._workers)):
            return
        slow = [
            (worker.work.elapsed_s, number)
            for number, worker in enumerate(self._workers)
            if worker.work is not None and not worker.is_suspect
        ]
        if slow:
            worker = self._workers[max(slow)[1]]
            assert worker.work is not None
            worker.work.abandon()
            self._interrupt(worker)

    def _adjust(self) -> None:
        """Adjust the number of workers: one to spare, and fresh ones for retried jobs."""
        required = len(self._queue) + sum(worker.work is not None for worker in self._workers)
        aside = sum(worker.is_aside for worker in self._workers)
        most = self._most + min(aside, self._most)
        idle = [worker for worker in self._workers if worker.idle]
        for worker in idle[: max(len(self._workers) - most, 0)]:
            self._end(worker)
        if not required and not self._keep_ready:
            return
        if self._failed_starts.attempts and self._clock.monotonic_s() < self._next_start_s:
            return
        if any(task.interrupted for task in self._next_tasks()):
            self._launch_fresh_worker(most)
        while len(self._workers) < min(required + 1, most):
            self._launch_worker()

    def _launch_fresh_worker(self, most: int) -> None:
        """Launch a worker that ran nothing yet, in place of an idle one at the maximum."""
        if any(not worker.used and worker.task is None for worker in self._workers):
            return
        idle = next((worker for worker in self._workers if worker.idle), None)
        if idle is not None and len(self._workers) >= most:
            self._end(idle)
        if len(self._workers) < most:
            self._launch_worker()

    def _launch_worker(self) -> None:
        process, pipe = self._launch()
        worker = _Worker(process, pipe, SimpleQueue())
        threading.Thread(target=_deliver, args=(worker,), name="outbox", daemon=True).start()
        self._workers.append(worker)


def _deliver(worker: _Worker) -> None:
    """Send the queries of the outbox: one may be larger than the buffer of a busy worker's pipe.

    The pipe is closed here, so that it is not closed during a send.
    """
    while (query := worker.outbox.get()) is not None:
        with suppress(OSError):
            worker.pipe.send(query)
    worker.pipe.close()


def _log_printed(worker: _Worker, printed: OutputLines) -> None:
    facts = {"pid": worker.process.pid}
    for line in printed.lines:
        log.info("strategy printed", extra={**facts, "text": line})
    if printed.left_out:
        log.info("strategy printed more lines", extra={**facts, "count": printed.left_out})


def _terminate(worker: _Worker) -> None:
    worker.process.kill()
    worker.outbox.put(None)
