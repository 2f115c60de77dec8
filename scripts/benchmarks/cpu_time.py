"""Shared parts of benchmarks: a row of their report, and their timing."""

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One comparison. `ratio` = ours / peer; `peer` and the rest are None where there is none."""

    work: str
    against: str | None
    ours: float
    peer: float | None
    unit: str
    ratio: float | None
    target: str | None
    holds: bool | None


def keep_freed_memory() -> None:
    """Make glibc keep freed memory, for all contenders: fresh pages cost more than indicators."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for option, size in ((-3, 1 << 25), (-1, 1 << 30), (-2, 1 << 28)):
            libc.mallopt(option, size)


def fastest_ns(work: Work, burst: int) -> float:
    """Return the smallest CPU time of some calls in a row."""
    times = []
    for _ in range(burst):
        start = time.process_time_ns()
        work()
        times.append(time.process_time_ns() - start)
    return float(min(times))
