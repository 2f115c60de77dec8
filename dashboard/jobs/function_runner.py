"""Functions called in a worker process, from the event loop."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

from backtesting.monitor import RunMonitor
from dashboard.jobs.worker import WorkerUnavailable
from dashboard.jobs.worker_process import Handler, WorkerLimits, WorkerProcess

P = ParamSpec("P")
R = TypeVar("R")

MAX_WAITING = 32


class FunctionRunner(ABC):
    """Runs functions outside of the web process."""

    @abstractmethod
    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the result of a module's function; it, its arguments and result must be picklable.

        Raises WorkerUnavailable, WorkFailed.
        """

    @abstractmethod
    def close(self) -> None:
        """End the running call."""


class ProcessFunctionRunner(FunctionRunner):
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
        self._process: WorkerProcess[partial[Any], Any] = WorkerProcess(
            name,
            partial(_open_calls, prepare),
            lost=f"{name}: the process ended",
            limits=WorkerLimits(time_s=time_limit_s, cancelled_s=cancelled_limit_s),
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = 0

    @property
    def pid(self) -> int | None:
        """Return the id of the process, if it runs."""
        return self._process.pid

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._waiting >= MAX_WAITING:
            raise WorkerUnavailable(f"{self._name}: {self._waiting} calls wait already")
        self._waiting += 1
        loop, cancelled = asyncio.get_running_loop(), threading.Event()
        request = partial(function, *args, **kwargs)
        monitor = RunMonitor(is_cancelled=cancelled.is_set)
        try:
            result = await loop.run_in_executor(self._thread, self._process.run, request, monitor)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        finally:
            self._waiting -= 1
        return cast(R, result)

    def close(self) -> None:
        self._process.close()
        self._thread.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _open_calls(prepare: Callable[[], None]) -> Iterator[Handler]:
    prepare()
    yield _call


def _call(request: partial[Any], _monitor: RunMonitor) -> Any:
    return request()
