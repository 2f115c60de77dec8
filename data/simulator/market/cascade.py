"""A price path for all times, of which any part can be computed alone.

The path is Brownian motion in uneven time: each segment is halved again and again; a half gets a
random share of the variance (so volatility clusters on every scale, on top of the daily and weekly
pattern), and the value in the middle is a bridge between the ends. Each random value depends only
on the key, the level and the index of the segment, so a part costs as many steps as it has
ancestors. Neighbours share their end values: the path never jumps.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np

from data.simulator.market.prng import (
    TABLE_BITS,
    Floats,
    UInt64s,
    bits,
    heavy_table,
    mix,
    normal_table,
    words,
)

EPOCH_MS = 1_767_225_600_000  # 2026-01-01T00:00Z, a Thursday
HOUR_MS = 3_600_000
SPAN_HOURS = 4096
HOUR_LEVEL = 12  # 4096 halved 12 times is one hour
_UNEVENNESS = 0.55
_HALF_WORD = 2.0 ** -(TABLE_BITS - 1)

# The activity of each hour of a day (UTC), and of each day of a week that begins on Thursday.
_DAY = (
    0.85, 0.80, 0.80, 0.75, 0.70, 0.70, 0.80, 0.95, 1.05, 1.00, 0.95, 0.95,
    1.10, 1.45, 1.70, 1.60, 1.45, 1.25, 1.15, 1.10, 1.05, 0.95, 0.90, 0.95,
)  # fmt: skip
_WEEK = (1.1, 1.05, 0.6, 0.65, 1.1, 1.15, 1.1)
_HOURS_OF_WEEK = 7 * 24
_ACTIVITY = tuple(accumulate((day * hour for day in _WEEK for hour in _DAY), initial=0.0))


@dataclass(frozen=True, slots=True)
class PathSegment:
    """Consecutive nodes of one level: values at their edges, variance within each."""

    level: int
    index: int
    edges: Floats
    variance: Floats


class Cascade:
    """The logarithm of a price, around 0, over all times since the epoch."""

    def __init__(self, key: int, daily_volatility: float) -> None:
        self._key = key
        self._span_variance = daily_volatility**2 * SPAN_HOURS / 24
        # The ends of a span differ like those of a random walk of that length, but never drift.
        self._anchor_scale = (self._span_variance / 2) ** 0.5
        self.node = lru_cache(maxsize=8192)(self._node)
        self.cells = lru_cache(maxsize=1024)(self._cells)

    def _node(self, level: int, index: int) -> PathSegment:
        """Return one node; level 0 spans 4,096 hours, each next level half of it."""
        if level == 0:
            edges = np.array([self._anchor(index), self._anchor(index + 1)])
            return PathSegment(0, index, edges, np.array([self._span_variance]))
        halves = self._halves(self.node(level - 1, index // 2))
        side = index % 2
        return PathSegment(
            level, index, halves.edges[side : side + 2], halves.variance[side : side + 1]
        )

    def _cells(self, level: int, index: int, depth: int) -> PathSegment:
        """Return one node of at most an hour cut into 2**depth cells."""
        source = words(mix(self._key, level, index, 2), 0, (1 << depth) - 1)
        shares = 0.5 + 0.5 * _tilt(source)
        shocks = heavy_table()[bits(source, TABLE_BITS, TABLE_BITS)]
        segment = self.node(level, index)
        for step in range(depth):
            these = slice((1 << step) - 1, (2 << step) - 1)
            segment = _halved(segment, shares[these], shocks[these])
        return segment

    def _anchor(self, index: int) -> float:
        word = mix(self._key, index) >> (64 - TABLE_BITS)
        anchor: float = normal_table()[word].item() * self._anchor_scale
        return anchor

    def _halves(self, parent: PathSegment) -> PathSegment:
        source = words(mix(self._key, parent.level, 1), parent.index, 1)
        tilt = _tilt(source)
        rhythm = _rhythm_share(parent.level, parent.index)
        left = rhythm * (1.0 + tilt)
        share = left / (left + (1.0 - rhythm) * (1.0 - tilt))
        return _halved(parent, share, normal_table()[bits(source, TABLE_BITS, TABLE_BITS)])


def _tilt(source: UInt64s) -> Floats:
    """Return by how much the first halves are more active than the second, between -1 and 1."""
    tilt = bits(source, 0, TABLE_BITS).astype(np.float64)
    return (tilt * _HALF_WORD - 1.0) * _UNEVENNESS


def _halved(segment: PathSegment, share: Floats, shocks: Floats) -> PathSegment:
    """Halve every node: `share` of its variance goes to the first half, the middle is shocked."""
    old, spread = segment.edges, segment.variance
    edges = np.empty(2 * spread.size + 1)
    variance = np.empty(2 * spread.size)
    first = spread * share
    variance[::2] = first
    variance[1::2] = spread - first
    edges[::2] = old
    edges[1::2] = old[:-1] + (old[1:] - old[:-1]) * share + shocks * np.sqrt(first * (1.0 - share))
    return PathSegment(segment.level + 1, 2 * segment.index, edges, variance)


def _rhythm_share(level: int, index: int) -> float:
    """Return the share of a node's activity that lies in its first half."""
    if level >= HOUR_LEVEL:
        return 0.5
    half = SPAN_HOURS >> (level + 1)
    started, middle, ended = (_cumulative_activity((2 * index + step) * half) for step in range(3))
    return (middle - started) / (ended - started)


def _cumulative_activity(hours: int) -> float:
    """Return the activity from the epoch to so many hours after it."""
    weeks, hour = divmod(hours, _HOURS_OF_WEEK)
    return weeks * _ACTIVITY[-1] + _ACTIVITY[hour]
