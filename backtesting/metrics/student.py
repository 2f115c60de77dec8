"""Student's t-distribution, by the continued fraction of the incomplete beta function."""

from math import exp, lgamma, log

_TINY = 1e-300
_ENOUGH = 1e-15
_MOST_STEPS = 500


def two_sided_p(t: float, freedom: int) -> float:
    """Return the probability of a |t| at least this great with `freedom` degrees of freedom."""
    x = freedom / (freedom + t * t)
    return min(1.0, _incomplete_beta(freedom / 2.0, 0.5, x))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function."""
    if x >= 1.0:
        return 1.0
    if x <= 0.0:
        return 0.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction from the front, by Lentz's method."""
    c, d = 1.0, 1.0 / _apart(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / _apart(1.0 + term * d)
            c = _apart(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < _ENOUGH:
            break
    return value


def _apart(value: float) -> float:
    """Replace a denominator that is nearly 0."""
    return value if abs(value) > _TINY else _TINY
