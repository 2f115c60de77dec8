"""Means, deviations and extremes of the last `length` rows: O(1) a row, and no sum ever drifts.

A window is the tail of one block of `length` rows and the head of the next: tails are summed from
their end, heads from their beginning, and nothing is ever taken away again (van Herk's scheme).
Sums are of differences to the head's first value, which is in every window that uses them: nothing
cancels, a flat window gives exactly its price, and a NaN spoils the windows that hold it, no other.
Both loops run as one, the tail's for the next block. Rows are counted without sign, because a sign
costs a test at every access.
"""

import numpy as np

from strategies.indicators.kernels.runs import Column, next_run
from utils.compiled import compiled

_ZERO = np.uint64(0)
_ONE = np.uint64(1)


@compiled
def moving_mean(values: Column, length: int) -> Column:
    """Return the mean of the last `length` values."""
    mean = np.empty(len(values))
    rows, size = np.uint64(length), np.uint64(len(values))
    tail, next_tail = np.zeros(length + 1), np.zeros(length + 1)
    share = 1.0 / length
    start = _ZERO
    while start < size:
        count = min(rows, size - start)
        first, next_first = values[start], values[min(start + rows, size - _ONE)]
        head = behind = 0.0
        for row in range(count):
            head += values[start + row] - first
            mean[start + row] = first + (tail[row + _ONE] + head) * share
            last = count - _ONE - row
            behind += values[start + last] - next_first
            next_tail[last] = behind
        tail, next_tail = next_tail, tail
        start += rows
    mean[: length - 1] = np.nan
    return mean


@compiled
def moving_weighted_mean(values: Column, length: int) -> Column:
    """Return the mean of the last `length` values, weighted 1 (oldest) to `length` (newest)."""
    mean = np.empty(len(values))
    rows, size = np.uint64(length), np.uint64(len(values))
    tail, next_tail = np.zeros(length), np.zeros(length)
    top, share = float(length), 2.0 / (length * (length + 1.0))
    start = _ZERO
    while start < size:
        count = min(rows, size - start)
        first, next_first = values[start], values[min(start + rows, size - _ONE)]
        head = lost = behind = weighted = 0.0
        for row in range(count):
            lost += head
            head += values[start + row] - first
            mean[start + row] = first + (tail[row] + (top * head - lost)) * share
            last = count - _ONE - row
            next_tail[last] = weighted
            behind += values[start + last] - next_first
            weighted += behind
        tail, next_tail = next_tail, tail
        start += rows
    mean[: length - 1] = np.nan
    return mean


@compiled
def moving_mean_and_variance(values: Column, length: int) -> tuple[Column, Column]:
    """Return the mean and the population variance of the last `length` values."""
    mean, variance = np.empty(len(values)), np.empty(len(values))
    rows, size = np.uint64(length), np.uint64(len(values))
    tail, next_tail = np.zeros(length + 1), np.zeros(length + 1)
    tail_squares, next_squares = np.zeros(length + 1), np.zeros(length + 1)
    share = 1.0 / length
    start = _ZERO
    while start < size:
        count = min(rows, size - start)
        first, next_first = values[start], values[min(start + rows, size - _ONE)]
        head = head_squares = behind = behind_squares = 0.0
        for row in range(count):
            off = values[start + row] - first
            head += off
            head_squares += off * off
            offset = (tail[row + _ONE] + head) * share
            mean[start + row] = first + offset
            squares = (tail_squares[row + _ONE] + head_squares) * share
            variance[start + row] = squares - offset * offset
            last = count - _ONE - row
            off = values[start + last] - next_first
            behind += off
            behind_squares += off * off
            next_tail[last] = behind
            next_squares[last] = behind_squares
        tail, next_tail = next_tail, tail
        tail_squares, next_squares = next_squares, tail_squares
        start += rows
    mean[: length - 1] = variance[: length - 1] = np.nan
    return mean, variance


@compiled
def moving_max(values: Column, length: int) -> Column:
    """Return the highest of the last `length` values."""
    return _moving_extreme(values, length, 1.0)


@compiled
def moving_min(values: Column, length: int) -> Column:
    """Return the lowest of the last `length` values."""
    return _moving_extreme(values, length, -1.0)


@compiled
def _moving_extreme(values: Column, length: int, sign: float) -> Column:
    extreme = np.empty(len(values))
    stop = 0
    while stop < len(values):
        gap = stop
        start, stop = next_run(values, gap)
        extreme[gap:start] = np.nan
        _extreme_of_run(values[start:stop], length, sign, extreme[start:stop])
    return extreme


@compiled
def _extreme_of_run(values: Column, length: int, sign: float, extreme: Column) -> None:
    rows, size = np.uint64(length), np.uint64(len(values))
    tail, next_tail = np.full(length + 1, -np.inf), np.full(length + 1, -np.inf)
    start = _ZERO
    while start < size:
        count = min(rows, size - start)
        head = behind = -np.inf
        for row in range(count):
            head = max(sign * values[start + row], head)
            extreme[start + row] = sign * max(tail[row + _ONE], head)
            last = count - _ONE - row
            behind = max(sign * values[start + last], behind)
            next_tail[last] = behind
        tail, next_tail = next_tail, tail
        start += rows
    extreme[: length - 1] = np.nan
