"""Blocking work beside the event loop, in separate threads for each purpose.

Reads of pages can fill only the threads for reads: commands, the login, the audit log and health
checks have their own, and the connection pools hold one connection for every thread.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import ParamSpec, TypeVar

from utils.cancellation import cancelled_by
from utils.errors import ServiceUnavailable

P = ParamSpec("P")
R = TypeVar("R")

COMMAND_THREADS = 2
AUDIT_THREADS = 1
HEALTH_THREADS = 1
RESERVED_THREADS = COMMAND_THREADS + AUDIT_THREADS + HEALTH_THREADS
"""Threads, and connections, that reads of pages never use."""

MAX_WAITING_PER_USER = 64
"""Reads of one user that may wait for a thread; more are refused with 503."""


class Purpose(StrEnum):
    """What a thread is reserved for."""

    READ = "read"
    COMMAND = "command"
    AUDIT = "audit"
    HEALTH = "health"


class TooManyRequests(ServiceUnavailable):
    """Too many requests of one user wait already."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The user and the purpose of the current request; "": the server's own feeds."""

    user: str = ""
    purpose: Purpose = Purpose.READ


_CALLER: ContextVar[Caller] = ContextVar("caller", default=Caller())  # noqa: B039 it is frozen


@contextmanager
def caller_context(user: str, purpose: Purpose) -> Iterator[None]:
    """Assign the thread work of this block, and of tasks it starts, to a user and a purpose."""
    token = _CALLER.set(Caller(user, purpose))
    try:
        yield
    finally:
        _CALLER.reset(token)


class ThreadPools:
    """Runs blocking functions in the threads of the current request's purpose."""

    def __init__(self, reads: int = 4) -> None:
        # One user never occupies all threads for reads: one stays free for the others.
        self._pools = {
            Purpose.READ: ThreadPool("reads", reads, per_user=max(1, reads - 1)),
            Purpose.COMMAND: ThreadPool("commands", COMMAND_THREADS),
            Purpose.AUDIT: ThreadPool("audit", AUDIT_THREADS),
            Purpose.HEALTH: ThreadPool("health", HEALTH_THREADS),
        }

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a blocking function and return its result. Raises TooManyRequests.

        If the awaiting task is cancelled, a waiting function is dropped, and a running one is
        cancelled at its next query; it keeps its thread until then.
        """
        caller = _CALLER.get()
        return await self._pools[caller.purpose].run(
            caller.user, partial(function, *args, **kwargs)
        )

    async def audit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function of the audit log in the thread reserved for it, and return its result."""
        return await self._pools[Purpose.AUDIT].run("", partial(function, *args, **kwargs))

    def close(self) -> None:
        """Drop waiting functions; running ones end by themselves."""
        for pool in self._pools.values():
            pool.close()


@dataclass(slots=True)
class _Share:
    """The part of a pool that one user occupies."""

    free: asyncio.Semaphore
    waiting: int = 0
    running: int = 0


class ThreadPool:
    """A number of threads, of which one user takes at most `per_user` at a time."""

    def __init__(self, name: str, threads: int, *, per_user: int | None = None) -> None:
        self._name = name
        self._per_user = per_user or threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._shares: dict[str, _Share] = {}

    async def run(self, user: str, function: Callable[[], R]) -> R:
        """Run a function in a thread. Raises TooManyRequests."""
        share = self._shares.setdefault(user, _Share(asyncio.Semaphore(self._per_user)))
        if share.waiting >= MAX_WAITING_PER_USER:
            raise TooManyRequests(
                f"{share.waiting} requests of this user are queued, the most allowed; try "
                f"again in a few seconds"
            )
        share.waiting += 1
        try:
            await share.free.acquire()
        finally:
            share.waiting -= 1
        share.running += 1
        return await self._run(user, share, function)

    def close(self) -> None:
        """Drop waiting functions; running ones end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, user: str, share: _Share, function: Callable[[], R]) -> R:
        loop, flag = asyncio.get_running_loop(), threading.Event()

        def work() -> R:
            with cancelled_by(flag):
                return function()

        def on_done(_: Future[R]) -> None:
            # The loop may be closed by then: no caller waits any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._release, user, share)

        future = self._threads.submit(copy_context().run, work)
        future.add_done_callback(on_done)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            flag.set()
            raise

    def _release(self, user: str, share: _Share) -> None:
        share.running -= 1
        share.free.release()
        if not share.running and not share.waiting:
            self._shares.pop(user, None)
