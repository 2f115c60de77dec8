"""Limits of work in a worker process: a CPU budget for its code, a wall limit for each attempt.

On a loaded machine correct code takes long, and code that sleeps uses no CPU, so one clock is
not enough. Work that exceeds its CPU budget is at fault. Work that reaches the wall limit
first is retried, twice, in a fresh process: if it then still used almost no CPU, it waits
(for a sleep, a lock, the network); otherwise the machine was too loaded to decide.
"""

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from utils.clock import Clock

WALL_PER_CPU = 15
"""The least wall limit of an attempt, as a multiple of its CPU budget."""
MAX_ATTEMPTS = 3
WAITING_SHARE = 0.05
"""Work that uses a smaller share of the CPU time it could have had counts as waiting."""
_MIN_CHECK_S = 0.05
_CHECKS_PER_BUDGET = 20

SINGLE_THREADED = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    )
}
"""Environment of a metered process: single-threaded linear algebra, so that CPU time is work.

Idle BLAS threads spin, and would use the budget up faster.
"""


@dataclass(frozen=True, slots=True)
class CpuUsage:
    """CPU seconds that a process used in all its threads and children since its start.

    `starved_s`: seconds for which threads were ready to run but another process ran; 0 where the
    system does not report it.
    """

    used_s: float = 0.0
    starved_s: float = 0.0


class CpuMeter(ABC):
    """Reads how much CPU time processes have used."""

    @abstractmethod
    def usage(self, pid: int) -> CpuUsage | None:
        """Return the usage of a process, None if it has ended."""


class ProcessCpuMeter(CpuMeter):
    """Reads the operating system's own accounting."""

    def usage(self, pid: int) -> CpuUsage | None:
        try:
            # A process that ended but is not reaped yet still has accounting data.
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return None
            return _usage_of_tree(pid)
        except psutil.Error:
            return None


def _usage_of_tree(pid: int) -> CpuUsage:
    times = psutil.Process(pid).cpu_times()
    used_s = times.user + times.system + times.children_user + times.children_system
    starved_s = _starved_s(pid)
    for child in _children(pid):
        with suppress(psutil.Error):
            usage = _usage_of_tree(child)
            used_s, starved_s = used_s + usage.used_s, starved_s + usage.starved_s
    return CpuUsage(used_s, starved_s)


def _children(pid: int) -> Iterator[int]:
    if sys.platform != "linux":
        yield from (child.pid for child in psutil.Process(pid).children())
        return
    for text in _of_threads(pid, "children"):
        yield from map(int, text.split())


def _starved_s(pid: int) -> float:
    """Return how long live threads were ready but did not run (proc(5), schedstat)."""
    return sum(int(text.split()[1]) for text in _of_threads(pid, "schedstat")) / 1e9


def _of_threads(pid: int, name: str) -> Iterator[str]:
    """Yield a kernel file of each live thread; nothing where there is none."""
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                yield (thread / name).read_text()


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """Seconds of CPU that a unit of work may use, and of wall time that each attempt may take.

    Raises ValueError if the wall limit is below 15 times the CPU budget.
    """

    cpu_s: float
    wall_s: float

    def __post_init__(self) -> None:
        if not 0 < self.cpu_s * WALL_PER_CPU <= self.wall_s:
            raise ValueError(f"a wall limit must be at least {WALL_PER_CPU} CPU budgets: {self}")

    @classmethod
    def of(cls, cpu_s: float) -> "WorkLimits":
        """Return a CPU budget with the least wall limit that fits it."""
        return cls(cpu_s, cpu_s * WALL_PER_CPU)


class WorkState(StrEnum):
    """The state of a unit of work within its limits.

    RETRY: this attempt is over; end the process and start again in a fresh one. OVER_CPU: it used
    more CPU time than allowed. WAITING: it uses no CPU and does not end. LOADED: the machine is
    too loaded for it to end, which is not a fault of its code.
    """

    RUNNING = "running"
    RETRY = "retry"
    OVER_CPU = "over_cpu"
    WAITING = "waiting"
    LOADED = "loaded"


class LimitedWork:
    """One unit of work, measured per attempt. The caller ends its processes."""

    def __init__(self, limits: WorkLimits, meter: CpuMeter, clock: Clock) -> None:
        self._limits = limits
        self._meter = meter
        self._clock = clock
        self._pid = 0
        self._began_s = 0.0
        self._usage_before = CpuUsage()
        self._only_waited = True
        self._due_s = 0.0
        self.attempts = 0

    def begin(self, pid: int) -> None:
        """Start an attempt in a process: CPU time used before does not count."""
        self.attempts += 1
        self._pid = pid
        self._began_s = self._clock.monotonic_s()
        self._usage_before = self._meter.usage(pid) or CpuUsage()
        self._plan_check(used_s=0.0)

    def abandon(self) -> None:
        """Discard an attempt that shows nothing about the work: it is not counted."""
        self.attempts -= 1

    @property
    def due_s(self) -> float:
        """Return the earliest monotonic time at which `check` may find something."""
        return self._due_s

    @property
    def elapsed_s(self) -> float:
        """Return how long the attempt has taken."""
        return self._clock.monotonic_s() - self._began_s

    @property
    def is_slow(self) -> bool:
        """Return whether the attempt takes longer than its budget would on an idle processor."""
        return self.elapsed_s >= self._limits.cpu_s

    def check(self) -> WorkState:
        """Return the current state."""
        usage = self._meter.usage(self._pid)
        if usage is None:
            # The caller detects its end elsewhere.
            self._plan_check(used_s=0.0)
            return WorkState.RUNNING
        used_s = usage.used_s - self._usage_before.used_s
        if used_s > self._limits.cpu_s:
            return WorkState.OVER_CPU
        if self.elapsed_s < self._limits.wall_s:
            self._plan_check(used_s)
            return WorkState.RUNNING
        could_run_s = self.elapsed_s - (usage.starved_s - self._usage_before.starved_s)
        self._only_waited &= used_s < WAITING_SHARE * could_run_s
        if self.attempts < MAX_ATTEMPTS:
            return WorkState.RETRY
        return WorkState.WAITING if self._only_waited else WorkState.LOADED

    def problem(self, state: WorkState) -> str:
        """Return the message for work that ended in this state."""
        cpu_s, wall_s = self._limits.cpu_s, self._limits.wall_s
        match state:
            case WorkState.WAITING:
                return (
                    f"waited for {wall_s:g} s, {self.attempts} times, without using the CPU (a "
                    "sleep, a lock or the network?) and was stopped: a strategy must not wait"
                )
            case WorkState.LOADED:
                return (
                    f"did not finish within {wall_s:g} s, {self.attempts} times, nor use up its "
                    f"{cpu_s:g} s of CPU time: the machine is overloaded"
                )
            case _:
                return f"used more than {cpu_s:g} s of CPU time and was stopped"

    def _plan_check(self, used_s: float) -> None:
        """Check again when all processors together may have used up the rest of the budget."""
        left_s = (self._limits.cpu_s - used_s) / (os.cpu_count() or 1)
        pause_s = max(left_s, self._limits.cpu_s / _CHECKS_PER_BUDGET, _MIN_CHECK_S)
        now_s = self._clock.monotonic_s()
        self._due_s = min(now_s + pause_s, self._began_s + self._limits.wall_s)
