"""Where prices are going, and how surely."""

import numpy as np

from strategies.indicators.kernels.runs import Column, next_run
from strategies.indicators.kernels.smoothing import atr, true_range
from strategies.indicators.kernels.windows import moving_range
from utils.compiled import compiled


@compiled
def adx(high: Column, low: Column, close: Column, length: int) -> tuple[Column, Column, Column]:
    """Return Wilder's average directional index and the +DI and -DI it is made of, 0..100."""
    index, plus, minus = np.empty(len(close)), np.empty(len(close)), np.empty(len(close))
    stop = 0
    while stop < len(close):
        gap = stop
        start, stop = next_run(close, gap)
        rows = slice(start, stop)
        index[gap:start] = plus[gap:start] = minus[gap:start] = np.nan
        _directions_of_run(high[rows], low[rows], close[rows], length, (plus[rows], minus[rows]))
        _index_of_run(plus[rows], minus[rows], length, index[rows])
    return index, plus, minus


@compiled
def _directions_of_run(
    high: Column, low: Column, close: Column, length: int, out: tuple[Column, Column]
) -> None:
    plus, minus = out
    plus[:length] = minus[:length] = np.nan
    ups = downs = ranges = 0.0
    keep = 1.0 - 1.0 / length
    for row in range(1, len(close)):
        up, down = high[row] - high[row - 1], low[row - 1] - low[row]
        fade = 1.0 if row < length else keep
        ups = fade * ups + (up if up > down and up > 0.0 else 0.0)
        downs = fade * downs + (down if down > up and down > 0.0 else 0.0)
        ranges = fade * ranges + true_range(high[row], low[row], close[row - 1])
        if row >= length:
            plus[row] = 100.0 * ups / ranges if ranges > 0.0 else 0.0
            minus[row] = 100.0 * downs / ranges if ranges > 0.0 else 0.0


@compiled
def _index_of_run(plus: Column, minus: Column, length: int, index: Column) -> None:
    first = 2 * length - 1
    index[:first] = np.nan
    if len(index) <= first:
        return
    mean = 0.0
    for row in range(length, first + 1):
        mean += _directional_index(plus[row], minus[row])
    mean /= length
    index[first] = mean
    for row in range(first + 1, len(index)):
        mean += (_directional_index(plus[row], minus[row]) - mean) / length
        index[row] = mean


@compiled
def _directional_index(plus: float, minus: float) -> float:
    total = plus + minus
    return 100.0 * abs(plus - minus) / total if total > 0.0 else 0.0


@compiled
def supertrend(
    high: Column, low: Column, close: Column, length: int, multiplier: float
) -> tuple[Column, Column]:
    """Return the trailing band on the trend's side, and the trend: 1 up, -1 down.

    Both are NaN until a close crosses a band: before, the trend would be a guess.
    """
    line, trend = atr(high, low, close, length), np.empty(len(close))
    stop = 0
    while stop < len(line):
        gap = stop
        start, stop = next_run(line, gap)
        rows = slice(start, stop)
        trend[gap:start] = np.nan
        _trend_of_run(high[rows], low[rows], close[rows], multiplier, (line[rows], trend[rows]))
    return line, trend


@compiled
def _trend_of_run(
    high: Column, low: Column, close: Column, multiplier: float, out: tuple[Column, Column]
) -> None:
    line, trend = out  # where the line will be, there is the average true range
    upper, lower, direction, previous = np.inf, -np.inf, np.nan, np.nan
    for row in range(len(close)):
        middle = (high[row] + low[row]) / 2.0
        above, below = middle + multiplier * line[row], middle - multiplier * line[row]
        if above < upper or previous > upper:
            upper = above
        if below > lower or previous < lower:
            lower = below
        previous = close[row]
        if previous > upper:
            direction = 1.0
        elif previous < lower:
            direction = -1.0
        trend[row] = direction
        line[row] = lower if direction > 0.0 else (upper if direction < 0.0 else np.nan)


@compiled
def ichimoku(
    high: Column, low: Column, lengths: tuple[int, int, int], displacement: int
) -> tuple[Column, Column, Column, Column]:
    """Return tenkan, kijun, and both spans as they were `displacement` - 1 rows earlier."""
    turning, standard, leading = lengths
    _, tenkan, _ = moving_range(high, low, turning)
    _, kijun, _ = moving_range(high, low, standard)
    _, span_b, _ = moving_range(high, low, leading)
    span_a = _earlier(tenkan, displacement - 1)
    for row in range(displacement - 1, len(high)):
        span_a[row] = (span_a[row] + kijun[row - displacement + 1]) / 2.0
    return tenkan, kijun, span_a, _earlier(span_b, displacement - 1)


@compiled
def _earlier(values: Column, rows: int) -> Column:
    moved = np.empty(len(values))
    moved[:rows] = np.nan
    for row in range(rows, len(values)):
        moved[row] = values[row - rows]
    return moved
