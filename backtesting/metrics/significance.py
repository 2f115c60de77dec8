"""Metrics of statistical significance, and the distributions they need."""

from math import e, exp, lgamma, log, sqrt
from statistics import NormalDist

import numpy as np

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.metric_input import MetricInput, TrialStats
from backtesting.metrics.ratios import daily_sharpe
from backtesting.metrics.serial import mean, moments, spread

_NORMAL = NormalDist()
_EULER = 0.5772156649015329
_SEED = 20_120_501
_TINY = 1e-300
_ENOUGH = 1e-15
_MOST_STEPS = 500


@metric(
    "Daily returns",
    "significance",
    "count",
    "N, the number of r",
    requires="nothing",
)
def daily_returns(run: MetricInput) -> Value:
    """How many days the ratios stand on."""
    return float(len(run.returns))


@metric(
    "Probabilistic Sharpe ratio",
    "significance",
    "fraction",
    "Phi(SR x sqrt(n - 1) / sqrt(1 - skew x SR + (kurtosis - 1) / 4 x SR^2)), SR of one day",
    source="Bailey, Lopez de Prado 2012",
    requires="30 daily returns",
    better=1,
)
def probabilistic_sharpe(run: MetricInput) -> Value:
    """The probability that the true Sharpe ratio is above 0. Kurtosis is not excess."""
    return _probability_above(run, 0.0)


@metric(
    "Deflated Sharpe ratio",
    "significance",
    "fraction",
    "as the probabilistic one against SR* = std(SR of trials) x "
    "((1 - g) x Z(1 - 1/K) + g x Z(1 - 1/(K e))), K trials, g = 0.5772..",
    source="Bailey, Lopez de Prado 2014",
    requires="30 daily returns, and every trial counted",
    better=1,
)
def deflated_sharpe(run: MetricInput) -> Value:
    """The probability that it exceeds the best of as many random trials; undefined uncounted."""
    return None if run.trials is None else _probability_above(run, best_by_chance(run.trials))


@metric(
    "p-value of the mean round trip",
    "significance",
    "fraction",
    "two-sided t-test of the profits of round trips against 0, n - 1 degrees of freedom",
    source="Student 1908",
    requires="30 round trips",
    better=-1,
)
def trade_p_value(run: MetricInput) -> Value:
    """How likely a mean this far from 0 is without any edge."""
    profits = run.round_trips.profit
    average, width = mean(profits), spread(profits)
    if average is None or width is None:
        return None
    return two_sided_p(average / width * sqrt(len(profits)), len(profits) - 1)


@metric(
    "p-value of the mean round trip, by bootstrap",
    "significance",
    "fraction",
    "share of means of n profits drawn with replacement from the centred ones that are at least "
    "as far from 0 as the mean, (hits + 1) / (draws + 1)",
    source="Efron 1979",
    requires="30 round trips; drawn with a fixed seed",
    better=-1,
)
def trade_p_value_bootstrap(run: MetricInput) -> Value:
    """As the t-test without a normal distribution; undefined where it was not requested."""
    profits = run.round_trips.profit
    average = mean(profits)
    if average is None or spread(profits) is None or run.bootstrap <= 0:
        return None
    centred = profits - average
    random = np.random.Generator(np.random.PCG64(_SEED))
    hits = 0
    for _ in range(run.bootstrap):
        drawn = mean(centred[random.integers(0, len(centred), len(centred))])
        hits += drawn is not None and abs(drawn) >= abs(average)
    return (hits + 1) / (run.bootstrap + 1)


def best_by_chance(trials: TrialStats) -> float:
    """Return the expected daily Sharpe ratio of the best of several trials without any edge."""
    if trials.count < 2:
        return 0.0
    upper = _NORMAL.inv_cdf(1.0 - 1.0 / trials.count)
    further = _NORMAL.inv_cdf(1.0 - 1.0 / (trials.count * e))
    return sqrt(trials.sharpe_variance) * ((1.0 - _EULER) * upper + _EULER * further)


def probability_above(
    daily: float, days: int, skew: float, kurtosis: float, benchmark: float
) -> Value:
    """Return the probability that the true daily Sharpe ratio is above `benchmark`.

    `daily` is measured on `days` returns of this skew and kurtosis, which is not excess.
    """
    variance = 1.0 - skew * daily + (kurtosis - 1.0) / 4.0 * daily * daily
    if variance <= 0:
        return None
    return _NORMAL.cdf((daily - benchmark) * sqrt(days - 1) / sqrt(variance))


def _probability_above(run: MetricInput, benchmark: float) -> Value:
    daily, shape = daily_sharpe(run), moments(run.returns, offset=1.0)
    if daily is None or shape is None:
        return None
    return probability_above(daily, len(run.returns), *shape, benchmark)


def two_sided_p(t: float, freedom: int) -> float:
    """Return the probability of Student's |t| or a greater one, with `freedom` degrees."""
    x = freedom / (freedom + t * t)
    return min(1.0, _incomplete_beta(freedom / 2.0, 0.5, x))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by its continued fraction."""
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
