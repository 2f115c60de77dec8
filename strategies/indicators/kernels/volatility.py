"""How widely prices move: bands and channels around them."""

import numpy as np

from strategies.indicators.kernels.runs import Column
from strategies.indicators.kernels.smoothing import atr, ema
from strategies.indicators.kernels.windows import moving_mean_and_variance
from utils.compiled import compiled


@compiled
def bollinger(values: Column, length: int, width: float) -> tuple[Column, Column, Column]:
    """Return the mean plus `width` population deviations, the mean, and the mean less them."""
    middle, lower = moving_mean_and_variance(values, length)
    upper = np.empty(len(values))
    for row in range(len(values)):
        band = width * np.sqrt(max(lower[row], 0.0))
        upper[row] = middle[row] + band
        lower[row] = middle[row] - band
    return upper, middle, lower


@compiled
def keltner(
    high: Column, low: Column, close: Column, lengths: tuple[int, int], width: float
) -> tuple[Column, Column, Column]:
    """Return the exponential average of the close with `width` average true ranges around it."""
    middle, lower = ema(close, lengths[0]), atr(high, low, close, lengths[1])
    upper = np.empty(len(close))
    for row in range(len(close)):
        band = width * lower[row]
        upper[row] = middle[row] + band
        lower[row] = middle[row] - band
    return upper, middle, lower


@compiled
def volatility(values: Column, length: int, periods: float) -> Column:
    """Return the sample deviation of the last `length` log returns, times sqrt(`periods`)."""
    returns = np.empty(len(values))
    returns[:1] = np.nan
    for row in range(1, len(values)):
        returns[row] = np.log(values[row] / values[row - 1])
    _, variance = moving_mean_and_variance(returns, length)
    scale = periods * length / (length - 1.0)
    for row in range(len(values)):
        variance[row] = np.sqrt(max(variance[row], 0.0) * scale)
    return variance
