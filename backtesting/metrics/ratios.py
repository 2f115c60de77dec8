"""Risk-adjusted ratios of daily returns."""

from math import sqrt

import numpy as np

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.growth import annualised
from backtesting.metrics.metric_input import MetricInput
from backtesting.metrics.serial import mean, ratio, spread, total


@metric(
    "Sharpe ratio",
    "risk-adjusted",
    "ratio",
    "mean(r - rf) / std(r, ddof 1) x sqrt(365)",
    source="Sharpe 1994",
    requires="90 daily returns; see the probabilistic Sharpe ratio",
    better=1,
)
def sharpe(run: MetricInput) -> Value:
    """Undefined where the returns do not vary, and for fewer than 7 of them."""
    return annualised(daily_sharpe(run), len(run.returns))


def daily_sharpe(run: MetricInput) -> Value:
    """Return the Sharpe ratio of one day, not annualised."""
    return ratio(mean(run.excess), spread(run.returns, offset=1.0))


@metric(
    "Sortino ratio",
    "risk-adjusted",
    "ratio",
    "mean(r) / sqrt(sum(min(r, 0)^2) / N) x sqrt(365)",
    source="Sortino, van der Meer 1991",
    requires="90 daily returns, some of them losses",
    better=1,
)
def sortino(run: MetricInput) -> Value:
    """The downside is over all N days; undefined without a loss, and for fewer than 7 days."""
    if not len(run.returns):
        return None
    losses = np.minimum(run.returns, 0.0)
    daily = ratio(mean(run.returns), sqrt(total(losses * losses) / len(losses)))
    return annualised(daily, len(run.returns))


@metric(
    "Omega ratio",
    "risk-adjusted",
    "ratio",
    "sum(max(r, 0)) / sum(max(-r, 0))",
    source="Keating, Shadwick 2002",
    requires="90 daily returns",
    better=1,
)
def omega(run: MetricInput) -> Value:
    """At a threshold of 0."""
    gains, losses = np.maximum(run.returns, 0.0), np.maximum(-run.returns, 0.0)
    return ratio(total(gains), total(losses))
