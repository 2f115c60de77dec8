"""Metrics of the distribution of daily returns and its tails."""

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.metric_input import MetricInput
from backtesting.metrics.serial import mean, moments, quantile, ratio


@metric(
    "Value at risk, 95 %",
    "tails",
    "fraction",
    "5th percentile of r, linear between neighbours",
    source="historical",
    requires="100 daily returns",
    better=1,
)
def value_at_risk_95(run: MetricInput) -> Value:
    """A return: below 0 where it is a loss."""
    return quantile(run.returns, 0.05)


@metric(
    "Conditional value at risk, 95 %",
    "tails",
    "fraction",
    "mean of the r at or below their 5th percentile",
    source="historical",
    requires="100 daily returns",
    better=1,
)
def conditional_value_at_risk_95(run: MetricInput) -> Value:
    """Also called expected shortfall; a return."""
    edge = quantile(run.returns, 0.05)
    return None if edge is None else mean(run.returns[run.returns <= edge])


@metric(
    "Tail ratio",
    "tails",
    "ratio",
    "abs(95th percentile of r) / abs(5th percentile of r)",
    requires="100 daily returns",
    better=1,
)
def tail_ratio(run: MetricInput) -> Value:
    """How great gains compare with great losses."""
    upper, lower = quantile(run.returns, 0.95), quantile(run.returns, 0.05)
    if upper is None or lower is None:
        return None
    return ratio(abs(upper), abs(lower))


@metric(
    "Skew",
    "tails",
    "score",
    "m3 / m2^1.5, moments of the population of r",
    requires="100 daily returns",
    better=1,
)
def skew(run: MetricInput) -> Value:
    """Below 0: great losses are more usual than great gains."""
    shape = moments(run.returns, offset=1.0)
    return None if shape is None else shape[0]


@metric(
    "Excess kurtosis",
    "tails",
    "score",
    "m4 / m2^2 - 3, moments of the population of r",
    requires="100 daily returns",
    better=-1,
)
def excess_kurtosis(run: MetricInput) -> Value:
    """Above 0: extremes are more usual than in a normal distribution."""
    shape = moments(run.returns, offset=1.0)
    return None if shape is None else shape[1] - 3.0
