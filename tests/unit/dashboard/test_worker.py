"""The worker process: started lazily, limited in time, and replaced when it has ended."""

import asyncio
import math
import os
import signal
import time
from collections.abc import Iterator

import pytest

from dashboard.compute import ComputingFailed, ComputingUnavailable, Worker


def nothing() -> None:
    """Prepare nothing."""


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker("test-worker", nothing, time_limit_s=10.0)
    yield worker
    worker.close()


async def test_no_process_is_started_before_the_first_call(worker: Worker) -> None:
    assert worker.pid is None
    assert await worker.call(math.hypot, 3.0, 4.0) == 5.0
    assert worker.pid not in (None, os.getpid())


async def test_an_error_comes_back_and_the_process_stays(worker: Worker) -> None:
    with pytest.raises(ComputingFailed, match="ValueError: "):
        await worker.call(math.sqrt, -1.0)
    before = worker.pid
    assert await worker.call(math.sqrt, 4.0) == 2.0
    assert worker.pid == before


async def test_a_killed_process_is_replaced_at_the_next_call(worker: Worker) -> None:
    await worker.call(math.sqrt, 4.0)
    killed = worker.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    try:
        await worker.call(math.sqrt, 4.0)
    except ComputingUnavailable:
        assert await worker.call(math.sqrt, 9.0) == 3.0
    assert worker.pid != killed


async def test_a_call_that_nobody_waits_for_does_not_hold_up_the_next() -> None:
    worker = Worker("test-worker", nothing, time_limit_s=600.0, cancelled_limit_s=0.0)
    await worker.call(math.sqrt, 4.0)
    hung = asyncio.create_task(worker.call(time.sleep, 600))
    await asyncio.sleep(0.1)
    hung.cancel()
    async with asyncio.timeout(60):
        assert await worker.call(math.sqrt, 9.0) == 3.0
    worker.close()


async def test_whatever_takes_too_long_is_cut_off() -> None:
    worker = Worker("test-worker", nothing, time_limit_s=6.0)
    await worker.call(math.sqrt, 4.0)
    slow = worker.pid
    with pytest.raises(ComputingUnavailable, match=r"no answer in 6 s"):
        await worker.call(time.sleep, 60)
    assert slow is not None
    assert worker.pid is None
    worker.close()
