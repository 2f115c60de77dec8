"""Keep services running: start in order, restart with backoff, give up, stop in reverse order."""

import logging
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait as wait_for_sentinels
from types import TracebackType
from typing import Self

from utils.backoff import Backoff
from utils.clock import Clock
from utils.errors import TruetapeError
from utils.isolation import Isolation, ItemFailures
from utils.supervision.ports import (
    EXIT_CONFIG,
    ProcessGaveUp,
    ProcessNotReady,
    ProcessState,
    ProcessStatus,
    RunningProcess,
    Service,
    StopRequested,
)

log = logging.getLogger("truetape.supervision")

# The longest delay in noticing a stop request, or the end of a process without a sentinel.
WAKE_EVERY_S = 0.1
KILL_WAIT_S = 5.0
# How often a long wait, such as a recovery, is logged.
NOTIFY_INTERVAL_S = 10.0

Wait = Callable[[Collection[int], float], object]
OnChange = Callable[[ProcessStatus], object]
RestartSource = Callable[[Collection[str]], Collection[str]]


@dataclass
class _SupervisedService:
    """A service, its process if it has one, and its history."""

    service: Service
    status: ProcessStatus
    backoff: Backoff
    process: RunningProcess | None = None
    since_s: float = 0.0
    notified_s: float = 0.0
    crashes_s: list[float] = field(default_factory=list)
    restart_at_s: float = 0.0
    kill_at_s: float | None = None
    given_up: bool = False

    @property
    def is_settled(self) -> bool:
        """Return whether a start need not wait for it: it runs, or failed and is dispensable."""
        if self.status.state is ProcessState.RUNNING:
            return True
        return self.service.restart.retry_s is not None and bool(self.crashes_s)


class Supervisor:
    """A table of services and the loop that supervises them, in one thread.

    That thread must outlive the processes: the kernel ends a process with the thread that
    launched it. Services started together are stopped together; leaving the block stops everything,
    last started first. Services are restarted only within `start` and `run`. `on_change` is called
    at every change of state. `restart_requests` is polled for the services to restart: they are
    stopped, then started at once, which does not count as a crash.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        wait: Wait = wait_for_sentinels,
        on_change: OnChange | None = None,
        restart_requests: RestartSource = lambda _: (),
        failures: ItemFailures | None = None,
    ) -> None:
        self._isolation = Isolation("supervisor", clock, failures or ItemFailures())
        self._clock = clock
        self._wait = wait
        self._on_change = on_change or (lambda _: None)
        self._restart_requests = restart_requests
        self._groups: list[list[_SupervisedService]] = []
        self._stop_requested = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, *services: Service) -> None:
        """Launch services in order and wait until all are ready: one group, stopped together.

        A service that fails and is not indispensable is not waited for (RestartPolicy.retry_s).
        Raises ProcessGaveUp, ProcessNotReady, StopRequested, and TruetapeErrors of a launch.
        """
        group = [self._watched(service) for service in services]
        self._groups.append(group)
        for watched in group:
            self._refuse_when_stopping()
            self._update_service(watched)
        while not all(watched.is_settled for watched in group):
            self._step()
            self._refuse_when_stopping()

    def run(self) -> None:
        """Supervise all services until a stop request. Raises ProcessGaveUp, ProcessNotReady."""
        while not self._stop_requested:
            self._step()

    def request_stop(self) -> None:
        """Make `run` and `start` end soon. Safe from a signal handler or another thread."""
        self._stop_requested = True

    def statuses(self) -> list[ProcessStatus]:
        """Return the state of every service, in order of their start."""
        return [watched.status for watched in self._table()]

    def _table(self) -> list[_SupervisedService]:
        return [watched for group in self._groups for watched in group]

    def stop(self) -> None:
        """Stop all groups, last started first; kill those that exceed their grace period."""
        for group in reversed(self._groups):
            self._stop_group(group)

    @contextmanager
    def stopping_on(self, *signals: signal.Signals) -> Iterator[None]:
        """Treat these signals as stop requests. For the main thread of a process.

        Enter it before the supervisor's own block: a second signal must not cut the stop short.
        """
        before = {number: signal.getsignal(number) for number in signals}
        for number in signals:
            signal.signal(number, lambda *_: self.request_stop())
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _refuse_when_stopping(self) -> None:
        if self._stop_requested:
            raise StopRequested("stopped while starting")

    def _watched(self, service: Service) -> _SupervisedService:
        policy = service.restart
        status = ProcessStatus(
            name=service.name, state=ProcessState.WAITING, since=self._clock.now()
        )
        backoff = Backoff(first_s=policy.first_s, cap_s=policy.cap_s)
        return _SupervisedService(service, status, backoff)

    def _step(self) -> None:
        """Wait until something may have happened, then update every service."""
        sentinels = [
            watched.process.sentinel
            for watched in self._table()
            if watched.process is not None and watched.process.sentinel is not None
        ]
        self._wait(sentinels, WAKE_EVERY_S)
        self._apply_restart_requests()
        for watched in self._table():
            self._update_service(watched)

    def _apply_restart_requests(self) -> None:
        """Stop the services with a restart request; launch those that were given up."""
        restartable = {
            watched.status.name: watched
            for watched in self._table()
            if watched.status.state in (ProcessState.RUNNING, ProcessState.FAILED)
        }
        requested: Collection[str] = ()
        with self._isolation.attempt("restart requests"):
            requested = self._restart_requests(restartable)
        for name in requested:
            watched = restartable[name]
            log.info("process restart requested", extra={"service": name})
            if watched.process is None:
                watched.restart_at_s = self._clock.monotonic_s()
                continue
            watched.kill_at_s = self._clock.monotonic_s() + watched.service.grace_s
            self._set_state(watched, ProcessState.STOPPING)
            watched.process.stop()

    def _update_service(self, watched: _SupervisedService) -> None:
        """Do what is due for a service. Any error counts as a failure of this service."""
        try:
            self._poll_process(watched)
        except (ProcessGaveUp, ProcessNotReady):
            raise
        except Exception as error:  # noqa: BLE001 a failure of one service ends no other
            self._fail_launch(watched, error)

    def _fail_launch(self, watched: _SupervisedService, error: Exception) -> None:
        """Count a failed launch as a crash; raise a TruetapeError of an indispensable service."""
        if watched.service.restart.retry_s is None and isinstance(error, TruetapeError):
            raise error
        facts = {"service": watched.status.name}
        log.error("process not started", extra=facts, exc_info=error)
        self._plan_restart(watched, None)

    def _poll_process(self, watched: _SupervisedService) -> None:
        if watched.process is None:
            if self._clock.monotonic_s() >= watched.restart_at_s:
                self._launch(watched)
        elif (exit_code := watched.process.exit_code()) is not None:
            self._plan_restart(watched, exit_code)
        elif watched.kill_at_s is not None and self._clock.monotonic_s() > watched.kill_at_s:
            watched.process.kill()
        elif watched.status.state is ProcessState.STARTING:
            self._check_readiness(watched)

    def _launch(self, watched: _SupervisedService) -> None:
        watched.since_s = watched.notified_s = self._clock.monotonic_s()
        process = watched.process = watched.service.launch()
        log.info("process started", extra={"service": watched.status.name, "pid": process.pid})
        watched.status = replace(watched.status, pid=process.pid)
        self._set_state(watched, ProcessState.STARTING)

    def _check_readiness(self, watched: _SupervisedService) -> None:
        service, took_s = watched.service, self._clock.monotonic_s() - watched.since_s
        if self._is_ready(service):
            log.info("process ready", extra={"service": service.name, "took_s": round(took_s, 3)})
            self._set_state(watched, ProcessState.RUNNING)
        elif took_s > service.ready_within_s:
            not_ready = ProcessNotReady(service.name, waited_s=took_s, log_tail=service.log_tail())
            if service.restart.retry_s is None or watched.process is None:
                raise not_ready
            log.error(
                "process not ready", extra={"service": service.name, "problem": str(not_ready)}
            )
            watched.process.kill()
        elif self._clock.monotonic_s() - watched.notified_s > NOTIFY_INTERVAL_S:
            watched.notified_s = self._clock.monotonic_s()
            waited = {"service": service.name, "waited_s": round(took_s)}
            log.info("process not ready yet", extra=waited)

    def _is_ready(self, service: Service) -> bool:
        """Return whether a service is ready; one whose check fails is not."""
        with self._isolation.attempt(f"readiness of {service.name}"):
            return service.is_ready()
        return False

    def _plan_restart(self, watched: _SupervisedService, exit_code: int | None) -> None:
        """Plan the restart of an ended process, or give up; None: it could not be launched."""
        if watched.kill_at_s is not None:
            self._handle_requested_exit(watched, exit_code)
            return
        now_s, policy = self._clock.monotonic_s(), watched.service.restart
        recent = [time_s for time_s in watched.crashes_s if now_s - time_s < policy.within_s]
        watched.crashes_s = [*recent, now_s]
        watched.process = None
        watched.status = replace(watched.status, pid=None, last_exit_code=exit_code)
        watched.given_up &= now_s - watched.since_s <= policy.within_s
        too_many = watched.given_up or len(watched.crashes_s) > policy.max_crashes
        if exit_code == EXIT_CONFIG or too_many:
            self._give_up(watched)
            return
        if now_s - watched.since_s > 2 * policy.cap_s:
            watched.backoff.reset()
        delay_s = watched.backoff.next_delay_s()
        watched.restart_at_s = now_s + delay_s
        watched.status = replace(watched.status, restarts=watched.status.restarts + 1)
        self._set_state(watched, ProcessState.WAITING)
        log.warning(
            "process exited",
            extra={
                "service": watched.status.name,
                "exit_code": exit_code,
                "restart_in_s": round(delay_s, 3),
            },
        )

    def _handle_requested_exit(self, watched: _SupervisedService, exit_code: int | None) -> None:
        watched.process, watched.kill_at_s = None, None
        watched.restart_at_s = self._clock.monotonic_s()
        # Requested restarts are not counted: the count is of failures.
        watched.status = replace(watched.status, pid=None, last_exit_code=exit_code)
        self._set_state(watched, ProcessState.WAITING)

    def _give_up(self, watched: _SupervisedService) -> None:
        """Retry it much later; raise ProcessGaveUp if the service is indispensable."""
        retry_s = watched.service.restart.retry_s
        self._set_state(watched, ProcessState.FAILED)
        given_up = ProcessGaveUp(
            watched.status.name,
            crashes=len(watched.crashes_s),
            exit_code=watched.status.last_exit_code,
            log_tail=watched.service.log_tail(),
        )
        if retry_s is None:
            raise given_up
        watched.given_up = True
        watched.restart_at_s = self._clock.monotonic_s() + retry_s
        facts = {"service": watched.status.name, "problem": str(given_up), "retry_in_s": retry_s}
        log.critical("process failed too often; retrying later", extra=facts)

    def _stop_group(self, group: list[_SupervisedService]) -> None:
        """Request all of them to stop, then wait for each."""
        requested_s, backwards = self._clock.monotonic_s(), group[::-1]
        for watched in backwards:
            if watched.process is not None:
                self._set_state(watched, ProcessState.STOPPING)
                watched.process.stop()
        for watched in backwards:
            if watched.process is not None:
                self._stop_process(watched, watched.process, requested_s + watched.service.grace_s)
            if watched.status.state is not ProcessState.FAILED:
                self._set_state(watched, ProcessState.STOPPED)

    def _stop_process(
        self, watched: _SupervisedService, process: RunningProcess, until_s: float
    ) -> None:
        exit_code = self._wait_for_exit(process, until_s)
        if exit_code is None:
            log.warning(
                "process killed after its grace time", extra={"service": watched.status.name}
            )
            process.kill()
            exit_code = self._wait_for_exit(process, self._clock.monotonic_s() + KILL_WAIT_S)
        watched.process = None
        watched.status = replace(watched.status, pid=None, last_exit_code=exit_code)
        log.info("process stopped", extra={"service": watched.status.name, "exit_code": exit_code})

    def _wait_for_exit(self, process: RunningProcess, until_s: float) -> int | None:
        while (exit_code := process.exit_code()) is None and self._clock.monotonic_s() < until_s:
            sentinel = process.sentinel
            self._wait([] if sentinel is None else [sentinel], 0.02)
        return exit_code

    def _set_state(self, watched: _SupervisedService, state: ProcessState) -> None:
        watched.status = replace(watched.status, state=state, since=self._clock.now())
        with self._isolation.attempt("state change callback"):
            self._on_change(watched.status)
