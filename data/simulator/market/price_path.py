"""The distribution of one instrument's matches in time, and the price between them.

The number of matches is fixed per span and split down the same tree as the path: more active halves
get more, with the scatter of a random split. So the id at any time is known without a replay.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data.simulator.market.cascade import Cascade
from data.simulator.market.prng import (
    TABLE_BITS,
    Floats,
    Ints,
    UInt64s,
    bits,
    mix,
    normal_table,
    words,
)


@dataclass(frozen=True, slots=True)
class Cells:
    """One node cut evenly: log price at the edges, variance and number of matches within."""

    edges: Floats
    variance: Floats
    counts: Ints


class PricePath:
    """Path and match counts of one instrument, both halved down one tree."""

    def __init__(
        self, key: int, market: Cascade, own: Cascade, *, beta: float, per_span: int
    ) -> None:
        self._key = key
        self._market = market
        self._own = own
        self._beta = beta
        self._per_span = per_span
        self.population = lru_cache(maxsize=8192)(self._population)

    def cells(self, level: int, index: int, depth: int) -> Cells:
        """Return a node cut into 2**depth cells."""
        market = self._market.cells(level, index, depth)
        own = self._own.cells(level, index, depth)
        variance = self._beta**2 * market.variance + own.variance
        _, count = self.population(level, index)
        counts = self._spread(count, variance, mix(self._key, level, index, 2))
        return Cells(self._beta * market.edges + own.edges, variance, counts)

    def find(self, level: int, ordinal: int) -> int:
        """Return the node of `level` that holds the match with this number."""
        node = ordinal // self._per_span
        for step in range(1, level + 1):
            node *= 2
            first, count = self.population(step, node)
            node += ordinal >= first + count
        return node

    def _population(self, level: int, index: int) -> tuple[int, int]:
        """Return the number of the node's first match, counted from the epoch, and how many."""
        if level == 0:
            return index * self._per_span, self._per_span
        first, count = self.population(level - 1, index // 2)
        left = self._left_count(level, index & ~1, count)
        return (first, left) if index % 2 == 0 else (first + left, count - left)

    def _left_count(self, level: int, left: int, count: int) -> int:
        variance = np.array([self._variance(level, left), self._variance(level, left + 1)])
        source = words(mix(self._key, level, 1), left, 1)
        return int(_first_halves(np.array([count]), variance, _scatter(source))[0])

    def _variance(self, level: int, index: int) -> float:
        market = self._market.node(level, index).variance[0]
        return float(self._beta**2 * market + self._own.node(level, index).variance[0])

    def _spread(self, count: int, variance: Floats, key: int) -> Ints:
        """Return how many of `count` matches fall into each cell."""
        levels = [variance]
        while levels[-1].size > 2:
            levels.append(levels[-1][::2] + levels[-1][1::2])
        scatter = _scatter(words(key, 0, variance.size - 1))
        counts = np.array([count])
        for halves in reversed(levels):
            nodes = counts.size
            both = np.empty(2 * nodes, dtype=np.int64)
            both[::2] = _first_halves(counts, halves, scatter[nodes - 1 : 2 * nodes - 1])
            both[1::2] = counts - both[::2]
            counts = both
        return counts


def _scatter(source: UInt64s) -> Floats:
    return normal_table()[bits(source, 0, TABLE_BITS)]


def _first_halves(counts: Ints, variance: Floats, scatter: Floats) -> Ints:
    """Return how many of each node's matches fall into its first half."""
    activity = np.sqrt(variance)
    share = activity[::2] / (activity[::2] + activity[1::2])
    mean = counts * share
    rounded = np.floor(mean + scatter * np.sqrt(mean * (1.0 - share)) + 0.5)
    whole: Ints = np.minimum(np.maximum(rounded, 0.0), counts).astype(np.int64)
    return whole
