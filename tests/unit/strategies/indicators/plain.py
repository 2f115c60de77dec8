"""The indicators once more, as slow and plain as their definitions, for comparison."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.float64]
NAN = math.nan


def windows(values: Sequence[float], length: int) -> list[list[float] | None]:
    """Return the last `length` values at each row, None where there are fewer or one is NaN."""
    found: list[list[float] | None] = []
    for row in range(len(values)):
        window = list(values[max(row - length + 1, 0) : row + 1])
        full = len(window) == length and not any(math.isnan(value) for value in window)
        found.append(window if full else None)
    return found


def sma(values: Sequence[float], length: int) -> Column:
    return np.array([NAN if w is None else math.fsum(w) / length for w in windows(values, length)])


def wma(values: Sequence[float], length: int) -> Column:
    weight = length * (length + 1) / 2
    return np.array(
        [
            NAN if w is None else math.fsum((k + 1) * x for k, x in enumerate(w)) / weight
            for w in windows(values, length)
        ]
    )


def deviation(values: Sequence[float], length: int, less: int = 0) -> Column:
    found = []
    for window in windows(values, length):
        if window is None:
            found.append(NAN)
            continue
        mean = math.fsum(window) / length
        squares = math.fsum((value - mean) ** 2 for value in window)
        found.append(math.sqrt(squares / (length - less)))
    return np.array(found)


def highest(values: Sequence[float], length: int) -> Column:
    return np.array([NAN if w is None else max(w) for w in windows(values, length)])


def lowest(values: Sequence[float], length: int) -> Column:
    return np.array([NAN if w is None else min(w) for w in windows(values, length)])


def recursive(values: Sequence[float], length: int, alpha: float) -> Column:
    """Return an average that starts as a plain mean and restarts after each NaN."""
    averages, seed, average = [], [], NAN
    for value in values:
        if math.isnan(value):
            seed, average = [], NAN
        elif math.isnan(average):
            seed.append(value)
            average = math.fsum(seed) / length if len(seed) == length else NAN
        else:
            average += alpha * (value - average)
        averages.append(average)
    return np.array(averages)


def ema(values: Sequence[float], length: int) -> Column:
    return recursive(values, length, 2 / (length + 1))


def changes(values: Sequence[float]) -> list[float]:
    return [NAN, *(after - before for before, after in itertools.pairwise(values))]


def rsi(values: Sequence[float], length: int) -> Column:
    moves = changes(values)
    gain = recursive(
        [move if math.isnan(move) else max(move, 0) for move in moves], length, 1 / length
    )
    loss = recursive(
        [move if math.isnan(move) else max(-move, 0) for move in moves], length, 1 / length
    )
    total = gain + loss
    return np.where(total == 0, 50.0, 100 * gain / np.where(total == 0, 1.0, total))


def true_ranges(high: Column, low: Column, close: Column) -> Column:
    before = np.concatenate([[NAN], close[:-1]])
    return np.maximum(high - low, np.maximum(abs(high - before), abs(low - before)))


def atr(high: Column, low: Column, close: Column, length: int) -> Column:
    return recursive(list(true_ranges(high, low, close)), length, 1 / length)


def supertrend(
    high: Column, low: Column, close: Column, length: int, multiplier: float
) -> tuple[Column, Column]:
    """Return line and trend, defined as on charting sites; unknown until the first turn."""
    ranges = atr(high, low, close, length)
    upper = lower = trend = NAN
    lines, trends = [], []
    for row in range(len(close)):
        if math.isnan(ranges[row]):
            upper = lower = trend = NAN
        else:
            middle = (high[row] + low[row]) / 2
            above, below = middle + multiplier * ranges[row], middle - multiplier * ranges[row]
            fresh = math.isnan(upper)
            upper = above if fresh or above < upper or close[row - 1] > upper else upper
            lower = below if fresh or below > lower or close[row - 1] < lower else lower
            trend = 1.0 if close[row] > upper else -1.0 if close[row] < lower else trend
        trends.append(trend)
        lines.append(NAN if math.isnan(trend) else lower if trend > 0 else upper)
    return np.array(lines), np.array(trends)
