"""Metrics of this machine."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import psutil

from utils.clock import Clock
from utils.telemetry.sample import Sample, samples_of

SUBJECT = "host"
DISK_WINDOW = timedelta(hours=6)
_MIN_POINTS = 10
_EVERY = timedelta(minutes=1)
Space = Callable[[Path], tuple[float, float]]


def disk_space(folder: Path) -> tuple[float, float]:
    """Return the free and the total bytes of the disk that holds a folder."""
    usage = psutil.disk_usage(str(folder))
    return usage.free, usage.total


class HostStats:
    """Processor, memory, the disk of one folder, and jumps of the clock."""

    def __init__(self, folder: Path, clock: Clock, space: Space = disk_space) -> None:
        self._folder = folder
        self._clock = clock
        self._space = space
        self._free: deque[tuple[datetime, float]] = deque()
        self._before = (clock.now(), clock.monotonic_s())
        psutil.cpu_percent()

    def read(self, now: datetime) -> tuple[Sample, ...]:
        """Return the metrics; the processor's cover the time since the last call."""
        memory = psutil.virtual_memory()
        free, total = self._space(self._folder)
        metrics: dict[str, float | None] = {
            "cpu_percent": psutil.cpu_percent(),
            "load": psutil.getloadavg()[0],
            "memory_available_bytes": memory.available,
            "memory_available_share": memory.available / memory.total,
            "swap_used_bytes": psutil.swap_memory().used,
            "disk_free_bytes": free,
            "disk_free_share": free / total if total else None,
            "disk_full_in_s": self._full_in_s(now, free),
            "clock_jump_s": self._clock_jump_s(now),
        }
        return samples_of(SUBJECT, now, metrics)

    def _full_in_s(self, now: datetime, free: float) -> float | None:
        if not self._free or now - self._free[-1][0] >= _EVERY or now < self._free[-1][0]:
            self._free.append((now, free))
        while now - self._free[0][0] > DISK_WINDOW:
            self._free.popleft()
        return seconds_until_full([*self._free])

    def _clock_jump_s(self, now: datetime) -> float:
        """Return how far the wall clock deviated from the monotonic clock since the last call."""
        before, before_s = self._before
        now_s = self._clock.monotonic_s()
        self._before = (now, now_s)
        return abs((now - before).total_seconds() - (now_s - before_s))


def seconds_until_full(free: Sequence[tuple[datetime, float]]) -> float | None:
    """Return when a line fitted to the free bytes reaches zero; None if they do not fall.

    Fewer than ten points give None.
    """
    if len(free) < _MIN_POINTS:
        return None
    began = free[0][0]
    times = [(time - began).total_seconds() for time, _ in free]
    values = [value for _, value in free]
    mean_time, mean_value = sum(times) / len(times), sum(values) / len(values)
    spread = sum((time - mean_time) ** 2 for time in times)
    if spread == 0:
        return None
    slope = (
        sum((t - mean_time) * (v - mean_value) for t, v in zip(times, values, strict=True)) / spread
    )
    return max(0.0, values[-1] / -slope) if slope < 0 else None
