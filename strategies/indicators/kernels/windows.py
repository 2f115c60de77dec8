"""Means, deviations and extremes of the last `length` rows: O(1) a row, and no sum ever drifts.

A window is the tail of one block of `length` rows and the head of the next: tails are summed from
their end, heads from their start, and nothing is ever subtracted (van Herk's scheme).
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
            mean[start + row] = top * head - lost
            last = count - _ONE - row
            next_tail[last] = weighted
            behind += values[start + last] - next_first
            weighted += behind
        for row in range(count):  # apart, since here no row waits for another
            mean[start + row] = first + (tail[row] + mean[start + row]) * share
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
def moving_range(high: Column, low: Column, length: int) -> tuple[Column, Column, Column]:
    """Return the highest high of the last `length` rows, the middle, and the lowest low.

    All at once: every extreme waits for its row before, and four wait no longer than one.
    """
    highest, middle, lowest = np.empty(len(high)), np.empty(len(high)), np.empty(len(high))
    stop = 0
    while stop < len(high):
        gap = stop
        start, stop = next_run(high, gap)
        rows = slice(start, stop)
        highest[gap:start] = middle[gap:start] = lowest[gap:start] = np.nan
        _range_of_run(high[rows], low[rows], length, (highest[rows], middle[rows], lowest[rows]))
    return highest, middle, lowest


@compiled
def _range_of_run(
    high: Column, low: Column, length: int, out: tuple[Column, Column, Column]
) -> None:
    highest, middle, lowest = out
    rows, size = np.uint64(length), np.uint64(len(high))
    tops, next_tops = np.full(length + 1, -np.inf), np.full(length + 1, -np.inf)
    bottoms, next_bottoms = np.full(length + 1, np.inf), np.full(length + 1, np.inf)
    start = _ZERO
    while start < size:
        count = min(rows, size - start)
        top = top_behind = -np.inf
        bottom = bottom_behind = np.inf
        for row in range(count):
            top, bottom = _higher(high[start + row], top), _lower(low[start + row], bottom)
            upper, lower = _higher(tops[row + _ONE], top), _lower(bottoms[row + _ONE], bottom)
            highest[start + row], lowest[start + row] = upper, lower
            middle[start + row] = (upper + lower) / 2.0
            last = count - _ONE - row
            next_tops[last] = top_behind = _higher(high[start + last], top_behind)
            next_bottoms[last] = bottom_behind = _lower(low[start + last], bottom_behind)
        tops, next_tops = next_tops, tops
        bottoms, next_bottoms = next_bottoms, bottoms
        start += rows
    highest[: length - 1] = middle[: length - 1] = lowest[: length - 1] = np.nan


@compiled
def _higher(one: float, other: float) -> float:
    """Return the higher one, in one instruction: `max` has to test for NaN, too."""
    return one if one > other else other


@compiled
def _lower(one: float, other: float) -> float:
    return one if one < other else other
