"""How fast and how far prices move."""

import numpy as np

from strategies.indicators.kernels.runs import Column, checked_stop, next_run, speculative_run
from strategies.indicators.kernels.smoothing import plain_mean, two_steps
from strategies.indicators.kernels.windows import moving_mean, moving_range
from utils.compiled import compiled

_NO_MOVE = 50.0
_ONE = np.uint64(1)


@compiled
def rsi(values: Column, length: int) -> Column:
    """Return Wilder's relative strength index, 0..100; 50 while nothing has moved."""
    index = np.empty(len(values))
    stop = 0
    while stop < len(values):
        gap = stop
        start, stop = next_run(values, gap)
        index[gap:start] = np.nan
        _rsi_of_run(values[start:stop], length, index[start:stop])
    return index


@compiled
def _rsi_of_run(values: Column, length: int, index: Column) -> None:
    index[:length] = np.nan
    if len(values) <= length:
        return
    gains = losses = 0.0
    for row in range(1, length + 1):
        gains += max(values[row] - values[row - 1], 0.0)
        losses += max(values[row - 1] - values[row], 0.0)
    gains, losses = gains / length, losses / length
    index[length] = _strength(gains, losses)
    alpha = 1.0 / length
    keep = 1.0 - alpha
    before, after, rest = values[length:-1], values[length + 1 :], index[length + 1 :]
    for row in range(len(rest)):
        change = after[row] - before[row]
        gains = keep * gains + alpha * max(change, 0.0)
        losses = keep * losses + alpha * max(-change, 0.0)
        rest[row] = _strength(gains, losses)


@compiled
def _strength(gains: float, losses: float) -> float:
    moves = gains + losses
    return 100.0 * gains / moves if moves > 0.0 else _NO_MOVE


@compiled
def macd(values: Column, fast: int, slow: int, signal: int) -> tuple[Column, Column, Column]:
    """Return fast less slow average, the average of that (signal), and what is between them."""
    line, average, between = np.empty(len(values)), np.empty(len(values)), np.empty(len(values))
    stop = 0
    while stop < len(values):
        gap = stop
        start, stop = speculative_run(values, gap)
        rows = slice(start, stop)
        line[gap:start] = average[gap:start] = between[gap:start] = np.nan
        _macd_of_run(values[rows], fast, slow, signal, (line[rows], average[rows], between[rows]))
        stop = checked_stop(values, start, stop, average)
    return line, average, between


@compiled
def _macd_of_run(
    values: Column, fast: int, slow: int, signal: int, out: tuple[Column, Column, Column]
) -> None:
    first = slow + signal - 2
    for column in out:
        column[:first] = np.nan
    if len(values) <= first:
        return
    fast_average, slow_average = plain_mean(values[slow - fast : slow]), plain_mean(values[:slow])
    mean = fast_average - slow_average
    for row in range(slow, first + 1):
        fast_average += 2.0 / (fast + 1.0) * (values[row] - fast_average)
        slow_average += 2.0 / (slow + 1.0) * (values[row] - slow_average)
        mean += fast_average - slow_average
    mean /= signal
    line, average, between = out
    line[first], average[first], between[first] = (
        fast_average - slow_average,
        mean,
        fast_average - slow_average - mean,
    )
    rest = slice(first + 1, len(values))
    lengths, start = (fast, slow, signal), (fast_average, slow_average, mean)
    _follow_macd(values[rest], lengths, start, (line[rest], average[rest], between[rest]))


@compiled
def _follow_macd(
    values: Column,
    lengths: tuple[int, int, int],
    start: tuple[float, float, float],
    out: tuple[Column, Column, Column],
) -> None:
    fast_average, slow_average, mean = start
    line, average, between = out
    fast, fast_of_two, fast_share = two_steps(2.0 / (lengths[0] + 1.0))
    slow, slow_of_two, slow_share = two_steps(2.0 / (lengths[1] + 1.0))
    alpha = 2.0 / (lengths[2] + 1.0)
    keep = 1.0 - alpha
    keep_of_two, alpha_of_first = keep * keep, keep * alpha
    for step in range(len(values) // 2):
        row = np.uint64(2 * step)
        following = row + _ONE
        first, second = values[row], values[following]
        change = first - second
        line_1 = (
            fast_average
            + fast * (first - fast_average)
            - (slow_average + slow * (first - slow_average))
        )
        fast_average += fast_of_two * (second + fast_share * change - fast_average)
        slow_average += slow_of_two * (second + slow_share * change - slow_average)
        line_2 = fast_average - slow_average
        mean_1 = keep * mean + alpha * line_1
        mean = keep_of_two * mean + (alpha_of_first * line_1 + alpha * line_2)
        line[row], average[row], between[row] = line_1, mean_1, line_1 - mean_1
        line[following], average[following], between[following] = line_2, mean, line_2 - mean
    if len(values) % 2:
        fast_average, slow_average = (
            fast_average + fast * (values[-1] - fast_average),
            slow_average + slow * (values[-1] - slow_average),
        )
        mean = keep * mean + alpha * (fast_average - slow_average)
        line[-1], average[-1], between[-1] = (
            fast_average - slow_average,
            mean,
            fast_average - slow_average - mean,
        )


@compiled
def stochastic(
    high: Column, low: Column, close: Column, lengths: tuple[int, int, int]
) -> tuple[Column, Column]:
    """Return where the close lies between the extremes, 0..100 (50 if they are one), averaged."""
    length, smooth_k, smooth_d = lengths
    highest, place, lowest = moving_range(high, low, length)
    for row in range(len(close)):
        spread = highest[row] - lowest[row]
        place[row] = 100.0 * (close[row] - lowest[row]) / spread if spread != 0.0 else _NO_MOVE
    k = moving_mean(place, smooth_k)
    d = moving_mean(k, smooth_d)
    for row in range(len(close)):
        if d[row] != d[row]:
            k[row] = np.nan
    return k, d
