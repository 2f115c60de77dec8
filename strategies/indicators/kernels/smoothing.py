"""Recursive averages: exponential ones, and Wilder's. Seeded with a plain mean.

Each step of a recursion waits for the one before. Two rows a step, joined beforehand, halve the
waiting; the sum is the same. Rows are counted without sign: a sign costs a test at every access.
"""

import numpy as np

from strategies.indicators.kernels.runs import Column, checked_stop, speculative_run
from utils.compiled import compiled

_ONE = np.uint64(1)


@compiled
def ema(values: Column, length: int) -> Column:
    """Return the exponential average with alpha = 2 / (length + 1)."""
    average = np.empty(len(values))
    stop = 0
    while stop < len(values):
        gap = stop
        start, stop = speculative_run(values, gap)
        average[gap:start] = np.nan
        _ema_of_run(values[start:stop], length, average[start:stop])
        stop = checked_stop(values, start, stop, average)
    return average


@compiled
def _ema_of_run(values: Column, length: int, average: Column) -> None:
    average[: length - 1] = np.nan
    if len(values) < length:
        return
    mean = plain_mean(values[:length])
    average[length - 1] = mean
    follow(values[length:], mean, 2.0 / (length + 1.0), average[length:])


@compiled
def plain_mean(values: Column) -> float:
    """Return the mean: of a flat price, exactly that price."""
    first, off = float(values[0]), 0.0
    for row in range(1, len(values)):
        off += values[row] - first
    return first + off / len(values)


@compiled
def follow(values: Column, average: float, alpha: float, averages: Column) -> None:
    """Move an average by `alpha` of its distance to each value.

    Written with distances, so that an average which has reached a flat price stays on it: two
    averages of a flat price never cross by rounding.
    """
    alpha, alpha_of_two, share_of_first = two_steps(alpha)
    for step in range(len(values) // 2):
        row = np.uint64(2 * step)
        first, second = values[row], values[row + _ONE]
        averages[row] = average + alpha * (first - average)
        both = second + share_of_first * (first - second)
        average += alpha_of_two * (both - average)
        averages[row + _ONE] = average
    if len(values) % 2:
        averages[-1] = average + alpha * (values[-1] - average)


@compiled
def two_steps(alpha: float) -> tuple[float, float, float]:
    """Return alpha, alpha of two rows in one step, and what the first of them counts in it."""
    keep = 1.0 - alpha
    return alpha, 1.0 - keep * keep, keep / (1.0 + keep)


@compiled
def atr(high: Column, low: Column, close: Column, length: int) -> Column:
    """Return Wilder's average of the true range."""
    average = np.empty(len(close))
    stop = 0
    while stop < len(close):
        gap = stop
        start, stop = speculative_run(close, gap)
        average[gap:start] = np.nan
        rows = slice(start, stop)
        _atr_of_run(high[rows], low[rows], close[rows], length, average[rows])
        stop = checked_stop(close, start, stop, average)
    return average


@compiled
def _atr_of_run(high: Column, low: Column, close: Column, length: int, average: Column) -> None:
    average[:length] = np.nan
    if len(close) <= length:
        return
    mean = 0.0
    for row in range(1, length + 1):
        mean += true_range(high[row], low[row], close[row - 1])
    mean /= length
    average[length] = mean
    rest = slice(length + 1, len(close))
    _follow_ranges(high[rest], low[rest], close[length:-1], mean, 1.0 / length, average[rest])


@compiled
def _follow_ranges(
    high: Column, low: Column, previous: Column, mean: float, alpha: float, average: Column
) -> None:
    keep = 1.0 - alpha
    keep_of_two = keep * keep
    for step in range(len(high) // 2):
        row = np.uint64(2 * step)
        following = row + _ONE
        first = alpha * true_range(high[row], low[row], previous[row])
        second = alpha * true_range(high[following], low[following], previous[following])
        average[row] = keep * mean + first
        mean = keep_of_two * mean + (keep * first + second)
        average[following] = mean
    if len(high) % 2:
        average[-1] = keep * mean + alpha * true_range(high[-1], low[-1], previous[-1])


@compiled
def true_range(high: float, low: float, previous_close: float) -> float:
    """Return the range of a candle together with the jump to it."""
    top = high if high > previous_close else previous_close
    bottom = low if low < previous_close else previous_close
    return top - bottom
