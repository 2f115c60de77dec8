"""Calls in a worker process: limited in time, replaced when it has ended."""

import asyncio
import math
import os
import signal
import time
from collections.abc import Iterator

import pytest

from dashboard.jobs.compute import ProcessComputing
from dashboard.jobs.worker import WorkerUnavailable, WorkFailed


def nothing() -> None:
    """Prepare nothing."""


@pytest.fixture
def computing() -> Iterator[ProcessComputing]:
    computing = ProcessComputing("test-worker", nothing, time_limit_s=10.0)
    yield computing
    computing.close()


async def test_no_process_is_started_before_the_first_call(computing: ProcessComputing) -> None:
    assert computing.pid is None
    assert await computing.call(math.hypot, 3.0, 4.0) == 5.0
    assert computing.pid not in (None, os.getpid())


async def test_an_error_comes_back_and_the_process_stays(computing: ProcessComputing) -> None:
    with pytest.raises(WorkFailed, match="ValueError: "):
        await computing.call(math.sqrt, -1.0)
    before = computing.pid
    assert await computing.call(math.sqrt, 4.0) == 2.0
    assert computing.pid == before


async def test_a_killed_process_is_replaced_at_the_next_call(computing: ProcessComputing) -> None:
    await computing.call(math.sqrt, 4.0)
    killed = computing.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    try:
        await computing.call(math.sqrt, 4.0)
    except WorkerUnavailable:
        assert await computing.call(math.sqrt, 9.0) == 3.0
    assert computing.pid != killed


async def test_a_cancelled_call_does_not_hold_up_the_next() -> None:
    computing = ProcessComputing("test-worker", nothing, time_limit_s=600.0, cancelled_limit_s=0.0)
    await computing.call(math.sqrt, 4.0)
    hung = asyncio.create_task(computing.call(time.sleep, 600))
    await asyncio.sleep(0.1)
    hung.cancel()
    async with asyncio.timeout(60):
        assert await computing.call(math.sqrt, 9.0) == 3.0
    computing.close()


async def test_whatever_takes_too_long_is_cut_off() -> None:
    computing = ProcessComputing("test-worker", nothing, time_limit_s=6.0)
    await computing.call(math.sqrt, 4.0)
    slow = computing.pid
    with pytest.raises(WorkerUnavailable, match=r"no answer in 6 s"):
        await computing.call(time.sleep, 60)
    assert slow is not None
    assert computing.pid is None
    computing.close()
