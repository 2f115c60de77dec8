"""Limits against real processes: what they do with the CPU is seen, whatever the machine does."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from utils.clock import SystemClock
from utils.supervision import LimitedWork, ProcessCpuMeter, WorkLimits, WorkState

_SPINS = (
    "threading.Thread(target=exec, args=('while True: pass',)).start(); threading.Event().wait()"
)
_LISTENS = "socket.create_server(('127.0.0.1', 0)).accept()"


@contextmanager
def running(code: str) -> Iterator[int]:
    """Run Python code in a process that has started; yield its id."""
    text = f"import socket, threading, time; print(1, flush=True); {code}"
    with subprocess.Popen([sys.executable, "-S", "-c", text], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


def attempted(code: str, limits: WorkLimits) -> WorkState:
    """Make attempts at some code until the limits end it."""
    work = LimitedWork(limits, ProcessCpuMeter(), SystemClock())
    state = WorkState.RETRY
    while state is WorkState.RETRY:
        with running(code) as pid:
            work.begin(pid)
            state = WorkState.RUNNING
            while state is WorkState.RUNNING:
                time.sleep(max(work.due_s - time.monotonic(), 0))
                state = work.check()
    return state


@pytest.mark.parametrize(
    "code",
    ["time.sleep(600)", _LISTENS, "threading.Event().wait()"],
    ids=["sleep", "socket", "lock"],
)
def test_what_waits_is_found_waiting(code: str) -> None:
    assert attempted(code, WorkLimits.of(0.03)) is WorkState.WAITING


def test_a_thread_that_spins_uses_the_budget_up() -> None:
    assert attempted(_SPINS, WorkLimits(0.2, 60.0)) is WorkState.OVER_CPU
