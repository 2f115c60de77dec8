"""Who answers questions about users' strategies: processes that are ended when they take too long.

One more worker than is busy is kept ready, so that the next question never waits for the one that
hangs. A strategy that overran its time before is a suspect: suspects never have all the workers.
"""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from queue import SimpleQueue

from data import Timeframe
from strategies.engine.questions import Answer, Failed, Prepare, Question, Spec
from utils.clock import Clock
from utils.supervision import RunningProcess

log = logging.getLogger("truetape.strategies")

Ready = tuple[Spec, Timeframe]
"""What a worker can be ready for: a strategy, and the length of its candles."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A question, what to call it, and how long its answer may take.

    `ready`: what the worker must have prepared before the time begins to run.
    """

    name: Hashable
    question: Question
    budget_s: float
    ready: Ready | None = None
    suspect: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A job and its answer."""

    job: Job
    answer: Answer


class Workers(ABC):
    """Answers questions, some time later."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Take a job; its answer comes with `collect`."""

    @abstractmethod
    def collect(self) -> list[Done]:
        """Return what is done by now; end what takes too long. Never waits."""

    @abstractmethod
    def keep_ready(self, wanted: Collection[Ready]) -> None:
        """Say for what idle workers shall be ready."""

    @abstractmethod
    def channels(self) -> list[Connection]:
        """Return what becomes readable when there is something to collect."""

    @abstractmethod
    def patience_s(self) -> float | None:
        """Return after how long something will have to be ended, None if nothing is asked."""

    @abstractmethod
    def close(self) -> None:
        """End all workers."""


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, the job it has, and until when. It says hello once it can be asked."""

    process: RunningProcess
    channel: Connection
    outbox: "SimpleQueue[Question | None]"
    greeted: bool = False
    job: Job | None = None
    preparing: Ready | None = None
    until_s: float = 0.0
    ready_for: set[Ready] = field(default_factory=set)

    @property
    def busy(self) -> bool:
        return self.job is not None or self.preparing is not None

    @property
    def idle(self) -> bool:
        return self.greeted and not self.busy


Launch = Callable[[], tuple[RunningProcess, Connection]]


class ProcessWorkers(Workers):
    """At most `most` processes; none is launched before the first job."""

    def __init__(self, launch: Launch, clock: Clock, *, most: int, loading_s: float) -> None:
        self._launch = launch
        self._clock = clock
        self._most = most
        self._loading_s = loading_s
        self._queue: list[Job] = []
        self._workers: list[_Worker] = []
        self._done: list[Done] = []
        self._keep_ready: frozenset[Ready] = frozenset()

    def submit(self, job: Job) -> None:
        self._queue.append(job)
        self._assign()

    def keep_ready(self, wanted: Collection[Ready]) -> None:
        self._keep_ready = frozenset(wanted)
        self._assign()

    def channels(self) -> list[Connection]:
        return [worker.channel for worker in self._workers]

    def patience_s(self) -> float | None:
        ends = [worker.until_s for worker in self._workers if worker.busy]
        return max(min(ends) - self._clock.monotonic_s(), 0.0) if ends else None

    def collect(self) -> list[Done]:
        for worker in list(self._workers):
            self._hear(worker)
        for worker in list(self._workers):
            if worker.busy and self._clock.monotonic_s() >= worker.until_s:
                self._end(worker, "took longer than {:g} s and was ended", overran=True)
        self._assign()
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        for worker in self._workers:
            _dismiss(worker)
        self._workers.clear()
        self._queue.clear()

    def _hear(self, worker: _Worker) -> None:
        try:
            while worker in self._workers and worker.channel.poll():
                self._take(worker, worker.channel.recv())
        except (EOFError, OSError):
            self._end(worker, "ended its process", overran=False)

    def _take(self, worker: _Worker, answer: Answer | None) -> None:
        if answer is None:
            worker.greeted = True
        elif worker.preparing is not None:
            # What it raised it will raise again when it is asked.
            worker.ready_for.add(worker.preparing)
            worker.preparing = None
            if (job := worker.job) is not None:
                self._ask(worker, job)
        elif (job := worker.job) is not None:
            worker.job = None
            self._done.append(Done(job, answer))

    def _end(self, worker: _Worker, why: str, *, overran: bool) -> None:
        """End a worker; what it was asked is answered so."""
        _dismiss(worker)
        self._workers.remove(worker)
        if worker.job is not None:
            limit_s = self._loading_s if worker.preparing else worker.job.budget_s
            self._done.append(Done(worker.job, Failed(why.format(limit_s), overran)))
        elif worker.preparing is not None:
            self._keep_ready -= {worker.preparing}
        log.info("strategy worker ended", extra={"pid": worker.process.pid})

    def _assign(self) -> None:
        for job in self._next_jobs():
            worker = self._worker_for(job)
            if worker is None:
                break
            self._queue.remove(job)
            self._begin(worker, job)
        for worker in filter(lambda worker: worker.idle, self._workers):
            missing = self._keep_ready - worker.ready_for
            if missing:
                self._prepare(worker, next(iter(missing)))
        self._launch_spare()

    def _next_jobs(self) -> Iterable[Job]:
        """Return the queue in the order of service: suspects last, and never all the workers'."""
        suspects = sum(1 for w in self._workers if w.job is not None and w.job.suspect)
        room = max(self._most - 1, 1) - suspects
        trusted = [job for job in self._queue if not job.suspect]
        return trusted + [job for job in self._queue if job.suspect][: max(room, 0)]

    def _worker_for(self, job: Job) -> _Worker | None:
        idle = [worker for worker in self._workers if worker.idle]
        prepared = [worker for worker in idle if job.ready in worker.ready_for]
        return next(iter(prepared or idle), None)

    def _begin(self, worker: _Worker, job: Job) -> None:
        worker.job = job
        if job.ready is None or job.ready in worker.ready_for:
            self._ask(worker, job)
        else:
            self._prepare(worker, job.ready)

    def _ask(self, worker: _Worker, job: Job) -> None:
        worker.until_s = self._clock.monotonic_s() + job.budget_s
        worker.outbox.put(job.question)

    def _prepare(self, worker: _Worker, ready: Ready) -> None:
        worker.preparing = ready
        worker.until_s = self._clock.monotonic_s() + self._loading_s
        worker.outbox.put(Prepare(*ready))

    def _hire(self) -> None:
        process, channel = self._launch()
        worker = _Worker(process, channel, SimpleQueue())
        threading.Thread(target=_deliver, args=(worker,), name="outbox", daemon=True).start()
        self._workers.append(worker)

    def _launch_spare(self) -> None:
        wanted = len(self._queue) + sum(worker.busy for worker in self._workers)
        if not wanted and not self._keep_ready:
            return
        while len(self._workers) < min(wanted + 1, self._most):
            self._hire()


def _deliver(worker: _Worker) -> None:
    """Send what is in the outbox: a question may be larger than what a slow worker's pipe takes.

    The pipe is closed here, so that none is while something is being sent.
    """
    while (question := worker.outbox.get()) is not None:
        with suppress(OSError):
            worker.channel.send(question)
    worker.channel.close()


def _dismiss(worker: _Worker) -> None:
    worker.process.kill()
    worker.outbox.put(None)
