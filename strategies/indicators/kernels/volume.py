"""Prices seen with the volume behind them."""

import numpy as np
import numpy.typing as npt

from strategies.indicators.kernels.runs import Column, next_run
from strategies.indicators.kernels.windows import moving_mean
from utils.compiled import compiled


@compiled
def typical_price(high: Column, low: Column, close: Column) -> Column:
    """Return the mean of high, low and close."""
    typical = np.empty(len(close))
    for row in range(len(close)):
        typical[row] = (high[row] + low[row] + close[row]) / 3.0
    return typical


@compiled
def rolling_vwap(prices: Column, volume: Column, length: int) -> Column:
    """Return the mean price of the last `length` rows, weighted by volume; NaN without any."""
    average, volumes = moving_mean(prices * volume, length), moving_mean(volume, length)
    for row in range(len(prices)):
        average[row] = average[row] / volumes[row] if volumes[row] > 0.0 else np.nan
    return average


@compiled
def session_vwap(prices: Column, volume: Column, sessions: npt.NDArray[np.int64]) -> Column:
    """Return the mean price since the session began, weighted by volume; NaN without any.

    `sessions` numbers the session of each row; a row whose session began unseen has -1.
    """
    average = np.empty(len(prices))
    session, first, value, total = np.int64(-1), 0.0, 0.0, 0.0
    for row in range(len(prices)):
        if sessions[row] != session:
            session, first, value, total = sessions[row], prices[row], 0.0, 0.0
        value += (prices[row] - first) * volume[row]
        total += volume[row]
        average[row] = first + value / total if session >= 0 and total > 0.0 else np.nan
    return average


@compiled
def obv(close: Column, volume: Column) -> Column:
    """Return volume added up where the close rises, taken away where it falls."""
    balance = np.empty(len(close))
    stop = 0
    while stop < len(close):
        gap = stop
        start, stop = next_run(close, gap)
        balance[gap:start] = np.nan
        total = volume[start] if start < stop else np.nan
        balance[start : start + 1] = total
        for row in range(start + 1, stop):
            total += volume[row] * np.sign(close[row] - close[row - 1])
            balance[row] = total
    return balance
