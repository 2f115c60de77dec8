"""Reductions with the same result on every machine.

Every reduction here runs from the first element to the last, one addition at a time
(`np.add.accumulate`). numpy's own `sum` and `mean` add in blocks that depend on length, layout and
processor, and BLAS on the number of threads. Element by element, + - x / and the square root are
exact to the last bit on every machine; powers and logarithms are taken of single numbers only.
"""

from math import sqrt

import numpy as np
import numpy.typing as npt

NOISE = 1e-14
"""Relative size below which a difference counts as rounding: that of some 50 operations."""

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]


def total(values: Floats) -> float:
    """Return the sum, added from first to last."""
    return float(np.add.accumulate(values)[-1]) if len(values) else 0.0


def mean(values: Floats) -> float | None:
    """Return the mean; None for no values."""
    return total(values) / len(values) if len(values) else None


def deviation(values: Floats, *, ddof: int = 1) -> float | None:
    """Return the standard deviation; None for fewer than `ddof` + 1 values."""
    if len(values) <= ddof:
        return None
    return sqrt(total(_square(values - total(values) / len(values))) / (len(values) - ddof))


def _square(values: Floats) -> Floats:
    return values * values


def spread(values: Floats, *, offset: float = 0.0, ddof: int = 1) -> float | None:
    """Return the standard deviation; None where it is rounding noise.

    `offset`: what was subtracted to get the values, 1 for returns E_t / E_(t-1) - 1. Their rounding
    is that of the quotient, however small they are themselves.
    """
    width = deviation(values, ddof=ddof)
    if width is None or width <= NOISE * (offset + float(np.abs(values).max())):
        return None
    return width


def moments(values: Floats, *, offset: float = 0.0) -> tuple[float, float] | None:
    """Return skew and kurtosis (not excess) of the population; None where `spread` is None."""
    if spread(values, offset=offset) is None:
        return None
    centred = values - total(values) / len(values)
    squared = _square(centred)
    variance = total(squared) / len(values)
    third, fourth = total(squared * centred) / len(values), total(_square(squared)) / len(values)
    return third / (variance * sqrt(variance)), fourth / (variance * variance)


def quantile(values: Floats, share: float) -> float | None:
    """Return the quantile, linear between the two nearest values."""
    if not len(values):
        return None
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def ratio(numerator: float | None, denominator: float | None) -> float | None:
    """Return the quotient; None where a part is undefined or the denominator is 0."""
    if numerator is None or denominator is None or denominator == 0.0:
        return None
    return numerator / denominator
