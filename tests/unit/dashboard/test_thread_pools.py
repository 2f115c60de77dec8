"""Threads by purpose and user: full threads of one leave those of the others free."""

import asyncio
import threading

import pytest

from dashboard.thread_pools import (
    MAX_WAITING_PER_USER,
    Purpose,
    ThreadPools,
    TooManyRequests,
    caller_context,
)
from data import Timeframe
from tests.builders import BTC
from tests.fakes import InMemoryCandleRepository, InMemoryStore
from utils.cancellation import WorkCancelled


class Gate:
    """Work that blocks until the gate opens; counts what runs."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.running = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        with self._lock:
            self.running += 1
        assert self.open.wait(30)
        return self.running

    async def runs(self, count: int) -> None:
        """Wait until this many run, and check that no more do."""
        while self.running < count:  # noqa: ASYNC110 threads count
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        assert self.running == count


def reads_of(
    thread_pools: ThreadPools, user: str, gate: Gate, count: int
) -> list["asyncio.Task[int]"]:
    with caller_context(user, Purpose.READ):
        return [asyncio.create_task(thread_pools.run(gate)) for _ in range(count)]


async def test_one_user_leaves_a_thread_to_the_others() -> None:
    thread_pools, gate = ThreadPools(3), Gate()
    tasks = reads_of(thread_pools, "viewer", gate, 9)
    await gate.runs(2)
    with caller_context("other", Purpose.READ):
        assert await thread_pools.run(lambda: 7) == 7
    gate.open.set()
    await asyncio.gather(*tasks)
    thread_pools.close()


async def test_commands_audit_and_health_keep_threads_of_their_own() -> None:
    thread_pools, gate = ThreadPools(2), Gate()
    tasks = reads_of(thread_pools, "a", gate, 5) + reads_of(thread_pools, "b", gate, 5)
    await gate.runs(2)
    for purpose in (Purpose.COMMAND, Purpose.HEALTH):
        with caller_context("a", purpose):
            assert await thread_pools.run(lambda: 7) == 7
    assert await thread_pools.audit(lambda: 8) == 8
    gate.open.set()
    await asyncio.gather(*tasks)
    thread_pools.close()


async def test_so_many_may_wait_and_no_more() -> None:
    thread_pools, gate = ThreadPools(2), Gate()
    tasks = reads_of(thread_pools, "viewer", gate, 1 + MAX_WAITING_PER_USER)
    await gate.runs(1)
    with caller_context("viewer", Purpose.READ), pytest.raises(TooManyRequests, match="try again"):
        await thread_pools.run(gate)
    gate.open.set()
    await asyncio.gather(*tasks)
    thread_pools.close()


async def test_cancelled_work_that_waits_is_never_started() -> None:
    thread_pools, gate = ThreadPools(2), Gate()
    tasks = reads_of(thread_pools, "viewer", gate, 4)
    await gate.runs(1)
    for task in tasks[1:]:
        task.cancel()
    await asyncio.gather(*tasks[1:], return_exceptions=True)
    gate.open.set()
    await tasks[0]
    assert gate.running == 1
    thread_pools.close()


async def test_cancelled_work_ends_at_its_next_query_and_then_frees_its_thread() -> None:
    thread_pools, gate = ThreadPools(2), Gate()
    candles = InMemoryCandleRepository(InMemoryStore())
    ended: list[BaseException] = []

    def many_queries() -> None:
        gate()
        try:
            candles.latest(BTC, Timeframe.M1, 1)
        except WorkCancelled as error:
            ended.append(error)
            raise

    with caller_context("viewer", Purpose.READ):
        task = asyncio.create_task(thread_pools.run(many_queries))
        await gate.runs(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        waiting = asyncio.create_task(thread_pools.run(lambda: 7))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        gate.open.set()
        assert await waiting == 7
    assert len(ended) == 1
    thread_pools.close()
