"""A price path for all times, of which any piece can be computed alone.

The path is Brownian motion in uneven time: each stretch is halved again and again; a half gets a
random share of the variance (so calm and storm come in clusters, on every scale, on top of the
rhythm of day and week), and the value in the middle is a bridge between the ends. What a word
decides depends on the key, the level and the index of the stretch and on nothing else, so a piece
costs as many steps as it has ancestors. Ends of neighbours are the same number: it never jumps.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data.simulator.market.words import (
    TABLE_BITS,
    Floats,
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

# How lively each hour of a day is (UTC), and each day of a week that begins on Thursday.
_DAY = (
    0.85, 0.80, 0.80, 0.75, 0.70, 0.70, 0.80, 0.95, 1.05, 1.00, 0.95, 0.95,
    1.10, 1.45, 1.70, 1.60, 1.45, 1.25, 1.15, 1.10, 1.05, 0.95, 0.90, 0.95,
)  # fmt: skip
_WEEK = (1.1, 1.05, 0.6, 0.65, 1.1, 1.15, 1.1)
_HOURS_OF_WEEK = np.array([day * hour for day in _WEEK for hour in _DAY])
_LIVELINESS = np.concatenate(([0.0], np.cumsum(_HOURS_OF_WEEK / _HOURS_OF_WEEK.mean())))


@dataclass(frozen=True, slots=True)
class Stretch:
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
        # One span's ends differ by what a walk of that length would, yet never drift away.
        self._anchor_scale = (self._span_variance / 2) ** 0.5
        self.node = lru_cache(maxsize=8192)(self._node)
        self.cells = lru_cache(maxsize=1024)(self._cells)

    def _node(self, level: int, index: int) -> Stretch:
        """Return one node; level 0 spans 4,096 hours, each next level half of it."""
        if level == 0:
            edges = np.array([self._anchor(index), self._anchor(index + 1)])
            return Stretch(0, index, edges, np.array([self._span_variance]))
        halves = self._halved(self.node(level - 1, index // 2))
        side = index % 2
        return Stretch(
            level, index, halves.edges[side : side + 2], halves.variance[side : side + 1]
        )

    def _cells(self, level: int, index: int, depth: int) -> Stretch:
        """Return one node cut into 2**depth cells."""
        stretch = self.node(level, index)
        for _ in range(depth):
            stretch = self._halved(stretch)
        return stretch

    def _anchor(self, index: int) -> float:
        word = mix(self._key, index) >> (64 - TABLE_BITS)
        anchor: float = normal_table()[word].item() * self._anchor_scale
        return anchor

    def _halved(self, stretch: Stretch) -> Stretch:
        count = stretch.variance.size
        source = words(mix(self._key, stretch.level, 1), stretch.index, count)
        tilt = (bits(source, 0, TABLE_BITS) * _HALF_WORD - 1.0) * _UNEVENNESS
        rhythm = _rhythm_share(stretch.level, stretch.index, count)
        left = rhythm * (1.0 + tilt)
        share = left / (left + (1.0 - rhythm) * (1.0 - tilt))
        table = heavy_table() if stretch.level >= HOUR_LEVEL else normal_table()
        shock = table[bits(source, TABLE_BITS, TABLE_BITS)]
        shock *= np.sqrt(stretch.variance * share * (1.0 - share))
        edges = np.empty(2 * count + 1)
        edges[::2] = stretch.edges
        edges[1::2] = stretch.edges[:-1] + np.diff(stretch.edges) * share + shock
        variance = np.empty(2 * count)
        variance[::2] = stretch.variance * share
        variance[1::2] = stretch.variance - variance[::2]
        return Stretch(stretch.level + 1, 2 * stretch.index, edges, variance)


def _rhythm_share(level: int, index: int, count: int) -> Floats:
    """Return the share of each node's liveliness that lies in its first half."""
    if level >= HOUR_LEVEL:
        return np.full(count, 0.5)
    half = SPAN_HOURS >> (level + 1)
    hours = np.arange(2 * index, 2 * (index + count) + 1) * half
    weeks, hour = np.divmod(hours, _HOURS_OF_WEEK.size)
    lived = np.diff(weeks * _LIVELINESS[-1] + _LIVELINESS[hour])
    share: Floats = lived[::2] / (lived[::2] + lived[1::2])
    return share
