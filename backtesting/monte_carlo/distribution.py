"""Distributions of metrics: where the real value lies among the simulated ones."""

import msgspec
import numpy as np

from backtesting.metrics.definition import Value
from backtesting.metrics.serial import Floats, quantile

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


class MetricDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """One metric over all paths. `quantiles` are those at SHARES.

    `below`: the fraction of paths whose value is below the real one, ties counted half.
    `undefined`: number of paths without a value; the other fields ignore them.
    """

    metric: str
    real: Value
    quantiles: tuple[Value, ...]
    below: Value
    undefined: int = 0


class EquityBands(msgspec.Struct, frozen=True, kw_only=True):
    """Equity at every point: one row for each of SHARES, and the real one."""

    real: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]


def distribution_of(metric: str, real: float, values: Floats) -> MetricDistribution:
    """Compute the distribution of a metric's values on all paths."""
    defined = values[~np.isnan(values)]
    is_real = not np.isnan(real)
    return MetricDistribution(
        metric=metric,
        real=real if is_real else None,
        quantiles=tuple(quantile(defined, share) for share in SHARES),
        below=_below(real, defined) if is_real and len(defined) else None,
        undefined=len(values) - len(defined),
    )


def bands_of(real: Floats, equity: Floats) -> EquityBands:
    """Compute the bands of many paths' equity (paths x points)."""
    levels = np.quantile(equity, SHARES, axis=0)
    return EquityBands(
        real=tuple(real.tolist()), quantiles=tuple(tuple(row) for row in levels.tolist())
    )


def _below(real: float, values: Floats) -> float:
    lower, equal = int((values < real).sum()), int((values == real).sum())
    return (lower + equal / 2.0) / len(values)
