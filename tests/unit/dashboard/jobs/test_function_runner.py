"""Calls in a worker process: limited in time, replaced when it has ended."""

import asyncio
import math
import os
import signal
import time
from collections.abc import Iterator

import pytest

from dashboard.jobs.function_runner import ProcessFunctionRunner
from dashboard.jobs.worker import WorkerUnavailable, WorkFailed


def nothing() -> None:
    """Prepare nothing."""


@pytest.fixture
def runner() -> Iterator[ProcessFunctionRunner]:
    runner = ProcessFunctionRunner("test-worker", nothing, time_limit_s=10.0)
    yield runner
    runner.close()


async def test_no_process_is_started_before_the_first_call(
    runner: ProcessFunctionRunner,
) -> None:
    assert runner.pid is None
    assert await runner.call(math.hypot, 3.0, 4.0) == 5.0
    assert runner.pid not in (None, os.getpid())


async def test_an_error_comes_back_and_the_process_stays(
    runner: ProcessFunctionRunner,
) -> None:
    with pytest.raises(WorkFailed, match="ValueError: "):
        await runner.call(math.sqrt, -1.0)
    before = runner.pid
    assert await runner.call(math.sqrt, 4.0) == 2.0
    assert runner.pid == before


async def test_a_killed_process_is_replaced_at_the_next_call(
    runner: ProcessFunctionRunner,
) -> None:
    await runner.call(math.sqrt, 4.0)
    killed = runner.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    try:
        await runner.call(math.sqrt, 4.0)
    except WorkerUnavailable:
        assert await runner.call(math.sqrt, 9.0) == 3.0
    assert runner.pid != killed


async def test_a_cancelled_call_does_not_hold_up_the_next() -> None:
    runner = ProcessFunctionRunner(
        "test-worker", nothing, time_limit_s=600.0, cancelled_limit_s=0.0
    )
    await runner.call(math.sqrt, 4.0)
    hung = asyncio.create_task(runner.call(time.sleep, 600))
    await asyncio.sleep(0.1)
    hung.cancel()
    async with asyncio.timeout(60):
        assert await runner.call(math.sqrt, 9.0) == 3.0
    runner.close()


async def test_whatever_takes_too_long_is_cut_off() -> None:
    runner = ProcessFunctionRunner("test-worker", nothing, time_limit_s=6.0)
    await runner.call(math.sqrt, 4.0)
    slow = runner.pid
    with pytest.raises(WorkerUnavailable, match=r"no answer in 6 s"):
        await runner.call(time.sleep, 60)
    assert slow is not None
    assert runner.pid is None
    runner.close()
