"""Counters, timings and gauges of a process."""

from collections import Counter, deque
from collections.abc import Callable, Sequence

_MAX_TIMINGS = 2_000


class Meters:
    """Counters, timings and gauges of one process; written by its threads, read by its reporter."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._timings: dict[str, deque[float]] = {}
        self._levels: dict[str, Callable[[], float]] = {}

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self._counts[name] += by

    def time(self, name: str, milliseconds: float) -> None:
        """Record a duration."""
        self._timings.setdefault(name, deque(maxlen=_MAX_TIMINGS)).append(milliseconds)

    def watch(self, name: str, level: Callable[[], float]) -> None:
        """Register a gauge, such as a queue's length, that is read with the metrics."""
        self._levels[name] = level

    def values(self) -> dict[str, float]:
        """Return all counters and gauges, and p50, p95, max of each timing since the last call."""
        metrics = {name: float(count) for name, count in list(self._counts.items())}
        metrics |= {name: float(level()) for name, level in list(self._levels.items())}
        for name, timings in list(self._timings.items()):
            taken = sorted(timings.popleft() for _ in range(len(timings)))
            if taken:
                metrics |= {
                    f"{name}_p50_ms": quantile(taken, 0.5),
                    f"{name}_p95_ms": quantile(taken, 0.95),
                    f"{name}_max_ms": taken[-1],
                }
        return metrics


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed; they must be in order."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
