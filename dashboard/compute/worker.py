"""A worker process: started at the first call, killed when it is too slow, then restarted."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar, cast

from dashboard.compute.child import serve_calls
from dashboard.compute.ports import Computing, ComputingFailed, ComputingUnavailable
from utils.supervision import RunningProcess, launch_piped

log = logging.getLogger("truetape.dashboard")

P = ParamSpec("P")
R = TypeVar("R")

MAX_WAITING = 32
_POLL_S = 0.25


class Worker(Computing):
    """One process and one thread that serves it: calls run one after the other.

    `prepare` is run first in the process; it must be picklable, as a function of a module is.
    A cancelled call may run for `cancelled_limit_s` more, then its process is killed.
    """

    def __init__(
        self,
        name: str,
        prepare: Callable[[], None],
        *,
        time_limit_s: float,
        cancelled_limit_s: float = 5.0,
    ) -> None:
        self._name = name
        self._prepare = prepare
        self._time_limit_s = time_limit_s
        self._cancelled_limit_s = cancelled_limit_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = 0
        self._running: tuple[RunningProcess, Connection] | None = None

    @property
    def pid(self) -> int | None:
        """Return the id of the process, if it runs."""
        return self._running[0].pid if self._running else None

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._waiting >= MAX_WAITING:
            raise ComputingUnavailable(f"{self._name}: {self._waiting} calls wait already")
        self._waiting += 1
        loop, cancelled = asyncio.get_running_loop(), threading.Event()
        try:
            return await loop.run_in_executor(
                self._thread, self._call_process, function, args, kwargs, cancelled
            )
        except asyncio.CancelledError:
            cancelled.set()
            raise
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._kill()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _call_process(
        self, function: Callable[..., R], args: object, kwargs: object, cancelled: threading.Event
    ) -> R:
        pipe = self._pipe()
        try:
            pipe.send((function, args, kwargs))
            self._wait(pipe, cancelled)
            answered, value = pipe.recv()
        except (OSError, EOFError) as error:
            self._kill()
            raise ComputingUnavailable(f"{self._name}: the process ended") from error
        except ComputingUnavailable:
            log.warning("worker is too slow", extra={"worker": self._name})
            self._kill()
            raise
        if not answered:
            raise ComputingFailed(f"{self._name}: {value}")
        return cast(R, value)

    def _wait(self, pipe: Connection, cancelled: threading.Event) -> None:
        """Wait for the result, at most `cancelled_limit_s` more once the call is cancelled."""
        ends_s = time.monotonic() + self._time_limit_s
        while not pipe.poll(_POLL_S):
            now_s = time.monotonic()
            if cancelled.is_set():
                ends_s = min(ends_s, now_s + self._cancelled_limit_s)
                cancelled.clear()
            if now_s >= ends_s:
                raise ComputingUnavailable(f"{self._name}: no answer in {self._time_limit_s:g} s")

    def _pipe(self) -> Connection:
        if self._running is not None and self._running[0].exit_code() is not None:
            self._kill()
        if self._running is None:
            self._running = launch_piped(self._name, serve_calls, (self._prepare,))
            log.info("worker started", extra={"worker": self._name, "pid": self.pid})
        return self._running[1]

    def _kill(self) -> None:
        if self._running is not None:
            process, pipe = self._running
            self._running = None
            process.kill()
            pipe.close()
