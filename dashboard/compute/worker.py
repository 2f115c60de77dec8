"""A process that computes: started at the first call, killed when it is too slow, started anew."""

import asyncio
import logging
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

MOST_WAITING = 32


class Worker(Computing):
    """One process and one thread that talks to it: calls are answered one after the other.

    `prepare` is run first in the process; it must be picklable, as a function of a module is.
    """

    def __init__(self, name: str, prepare: Callable[[], None], *, time_limit_s: float) -> None:
        self._name = name
        self._prepare = prepare
        self._time_limit_s = time_limit_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = 0
        self._running: tuple[RunningProcess, Connection] | None = None

    @property
    def pid(self) -> int | None:
        """Return the id of the process, if it runs."""
        return self._running[0].pid if self._running else None

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._waiting >= MOST_WAITING:
            raise ComputingUnavailable(f"{self._name}: {self._waiting} calls wait already")
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._ask, function, args, kwargs)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._kill()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _ask(self, function: Callable[..., R], args: object, kwargs: object) -> R:
        pipe = self._pipe()
        try:
            pipe.send((function, args, kwargs))
            if not pipe.poll(self._time_limit_s):
                raise ComputingUnavailable(f"{self._name}: no answer in {self._time_limit_s:g} s")
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
