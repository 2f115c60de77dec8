"""Equity paths, many at once, and their metrics.

Every sum runs from the first point to the last, as in the metrics of one run.
"""

from collections.abc import Callable, Mapping
from math import sqrt

import numpy as np

from backtesting.metrics.growth import MIN_ANNUALISED_RETURNS
from backtesting.metrics.metric_input import DAYS_A_YEAR
from backtesting.metrics.serial import NOISE, Floats

PathMetric = Callable[[Floats], Floats]
"""Function of equity (paths x points, the starting balance first); one value per path, or NaN."""


def compounded(returns: Floats, start_equity: float) -> Floats:
    """Compound rows of returns to equity, the starting balance first."""
    growth = np.multiply.accumulate(1.0 + returns, axis=1)
    start = np.ones((len(returns), 1))
    return start_equity * np.concatenate([start, growth], axis=1)


def total_return(equity: Floats) -> Floats:
    """Return (E_N - E_0) / E_0."""
    return equity[:, -1] / equity[:, 0] - 1.0


def max_drawdown(equity: Floats) -> Floats:
    """Return the largest 1 - E_t / the highest so far."""
    highest = np.maximum.accumulate(equity, axis=1)
    deepest: Floats = ((highest - equity) / highest).max(axis=1)
    return np.where(deepest <= NOISE, 0.0, deepest)


def final_equity(equity: Floats) -> Floats:
    """Return E_N."""
    return equity[:, -1]


def lowest_equity(equity: Floats) -> Floats:
    """Return the least E_t."""
    lowest: Floats = equity.min(axis=1)
    return lowest


def sharpe(equity: Floats) -> Floats:
    """Return mean(r) / std(r, ddof 1) x sqrt(365) of daily points.

    NaN where r does not vary, and for fewer than MIN_ANNUALISED_RETURNS returns.
    """
    if equity.shape[1] <= MIN_ANNUALISED_RETURNS:
        return np.full(len(equity), np.nan)
    returns = equity[:, 1:] / equity[:, :-1] - 1.0
    count = returns.shape[1]
    means = _sums(returns) / count
    centred = returns - means[:, np.newaxis]
    widths = np.sqrt(_sums(centred * centred) / (count - 1))
    flat = widths <= NOISE * (1.0 + np.abs(returns).max(axis=1))
    return np.where(flat, np.nan, means / np.where(flat, 1.0, widths) * sqrt(DAYS_A_YEAR))


PATH_METRICS: Mapping[str, PathMetric] = {
    "final_equity": final_equity,
    "lowest_equity": lowest_equity,
    "total_return": total_return,
    "max_drawdown": max_drawdown,
}
DAILY_METRICS: Mapping[str, PathMetric] = {**PATH_METRICS, "sharpe": sharpe}


def _sums(values: Floats) -> Floats:
    sums: Floats = np.add.accumulate(values, axis=1)[:, -1]
    return sums
