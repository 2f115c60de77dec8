"""A process that handles requests over a pipe: started by the first, reused, killed if it hangs.

To the process go requests, and CANCEL; from it come READY once, then, for each request, its
progress as floats and one response.
"""

import gc
import logging
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, cast

from backtesting.monitor import RunMonitor
from dashboard.jobs.worker import (
    Request,
    RequestCancelled,
    Result,
    Worker,
    WorkerUnavailable,
    WorkFailed,
    failure_of,
)
from utils.backoff import Backoff
from utils.clock import Clock, SystemClock
from utils.errors import TruetapeError
from utils.supervision import RunningProcess, launch_piped

log = logging.getLogger("truetape.dashboard")

Handler = Callable[[Any, RunMonitor], Any]
HandlerOpener = Callable[[], AbstractContextManager[Handler]]
"""Opens the handler of a process, with its connections; picklable, as a module's function is."""

READY = "ready"
CANCEL = "cancel"
POLL_S = 0.1
PROGRESS_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class _Request:
    value: Any


@dataclass(frozen=True, slots=True)
class _Response:
    """The result of a request, or the error that its handler raised."""

    result: Any = None
    failure: WorkFailed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """Seconds that a request may take, and may take longer once it is cancelled.

    A process is replaced after `requests` of them, which frees its memory.
    """

    time_s: float = math.inf
    cancelled_s: float = 3.0
    requests: float = math.inf


@dataclass(slots=True)
class _Running:
    """A process and the pipe to it. `ready`: its handler was opened."""

    process: RunningProcess
    pipe: Connection
    ready: bool = False
    handled: int = 0


class WorkerProcess(Worker[Request, Result]):
    """One process. After a start that failed, the next one is delayed.

    `lost`: the message for a process that ends before a request is done.
    """

    def __init__(
        self,
        name: str,
        open_handler: HandlerOpener,
        *,
        lost: str,
        limits: WorkerLimits | None = None,
        niceness: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self._name = name
        self._open_handler = open_handler
        self._lost = lost
        self._limits = limits or WorkerLimits()
        self._niceness = niceness
        self._clock = clock or SystemClock()
        self._running: _Running | None = None
        self._failed_starts = Backoff(first_s=0.5, cap_s=30.0)
        self._next_start_s = 0.0

    @property
    def pid(self) -> int | None:
        """Return the id of the process, if it runs."""
        running = self._running
        return running.process.pid if running else None

    def run(self, request: Request, monitor: RunMonitor) -> Result:
        running = self._process()
        try:
            running.pipe.send(_Request(request))
            response = self._response(running, monitor)
        except (OSError, EOFError) as error:
            self._end_failed(running)
            raise WorkerUnavailable(self._lost) from error
        running.handled += 1
        if running.handled >= self._limits.requests:
            self.close()
        if response.failure is not None:
            raise response.failure
        return cast(Result, response.result)

    def close(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.process.kill()
            running.pipe.close()

    def _response(self, running: _Running, monitor: RunMonitor) -> _Response:
        """Wait for the response to a request; pass on its progress and its cancellation."""
        ends_s, cancelled = self._clock.monotonic_s() + self._limits.time_s, False
        while True:
            if running.pipe.poll(POLL_S):
                message = running.pipe.recv()
                if isinstance(message, _Response):
                    return _cancelled(message) if cancelled else message
                self._receive(running, message, monitor)
            now_s = self._clock.monotonic_s()
            if not cancelled and monitor.is_cancelled():
                cancelled = True
                ends_s = min(ends_s, now_s + self._limits.cancelled_s)
                running.pipe.send(CANCEL)
            if now_s >= ends_s:
                self._end_slow(cancelled)

    def _receive(self, running: _Running, message: float | str, monitor: RunMonitor) -> None:
        if isinstance(message, float):
            monitor.progress(message)
        else:
            running.ready = True
            self._failed_starts.reset()

    def _end_slow(self, cancelled: bool) -> None:
        log.warning("worker is too slow", extra={"worker": self._name, "pid": self.pid})
        self.close()
        if cancelled:
            raise RequestCancelled("it did not stop by itself: its process was ended")
        raise WorkerUnavailable(f"{self._name}: no answer in {self._limits.time_s:g} s")

    def _end_failed(self, running: _Running) -> None:
        self.close()
        if not running.ready:
            self._next_start_s = self._clock.monotonic_s() + self._failed_starts.next_delay_s()

    def _process(self) -> _Running:
        """Return the running process, or start one. Raises WorkerUnavailable."""
        if self._running is not None and self._running.process.exit_code() is not None:
            self._end_failed(self._running)
        if self._running is None:
            wait_s = self._next_start_s - self._clock.monotonic_s()
            if self._failed_starts.attempts and wait_s > 0:
                raise WorkerUnavailable(
                    f"{self._name}: its process ended before it could be used, and is started "
                    f"again in {wait_s:.0f} s; see its log"
                )
            self._running = _Running(
                *launch_piped(
                    self._name, serve_requests, (self._open_handler,), niceness=self._niceness
                )
            )
            log.info("worker started", extra={"worker": self._name, "pid": self.pid})
        return self._running


def _cancelled(response: _Response) -> _Response:
    """Return the response to a cancelled request: its result, if it was done just before."""
    if response.failure is not None:
        raise RequestCancelled(response.failure.problem)
    return response


def serve_requests(open_handler: HandlerOpener, pipe: Connection) -> None:
    """Handle requests, one after the other, until the pipe is closed. The target of a process."""
    with open_handler() as handler:
        gc.freeze()
        pipe.send(READY)
        while True:
            try:
                received = pipe.recv()
            except EOFError:
                return
            # A cancellation may arrive after the end of its request.
            if isinstance(received, _Request):
                pipe.send(_handle(handler, received.value, pipe))


def _handle(handler: Handler, request: Any, pipe: Connection) -> _Response:
    try:
        return _Response(handler(request, RunMonitor(_progress_sender(pipe), pipe.poll)))
    except Exception as error:  # noqa: BLE001 the outermost loop of this process
        return _Response(failure=_failure(error))


def _failure(error: Exception) -> WorkFailed:
    if not isinstance(error, TruetapeError):
        log.error("request failed", exc_info=error)
    return failure_of(error)


def _progress_sender(pipe: Connection) -> Callable[[float], None]:
    sent_at = 0.0

    def send_progress(part: float) -> None:
        nonlocal sent_at
        now = time.monotonic()
        if now - sent_at >= PROGRESS_EVERY_S:
            sent_at = now
            pipe.send(float(part))

    return send_progress
