"""Metrics of the holding time of round trips, in days."""

from collections.abc import Callable

import numpy as np

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.metric_input import DAY_US, MetricInput
from backtesting.metrics.serial import Floats, mean

_REQUIRES = "30 round trips"


def _days(run: MetricInput) -> Floats:
    return (run.round_trips.exit_us - run.round_trips.entry_us) / DAY_US


def _of_wins(run: MetricInput) -> Floats:
    return _days(run)[run.round_trips.profit > 0]


def _of_losses(run: MetricInput) -> Floats:
    return _days(run)[run.round_trips.profit < 0]


def _extreme(days: Floats, which: Callable[[Floats], np.float64]) -> Value:
    return float(which(days)) if len(days) else None


@metric("Average holding time", "holding", "days", "mean of exit - entry", requires=_REQUIRES)
def holding_days(run: MetricInput) -> Value:
    """Of all round trips."""
    return mean(_days(run))


@metric("Shortest holding time", "holding", "days", "min of exit - entry", requires=_REQUIRES)
def holding_days_min(run: MetricInput) -> Value:
    """Of all round trips."""
    return _extreme(_days(run), np.min)


@metric("Longest holding time", "holding", "days", "max of exit - entry", requires=_REQUIRES)
def holding_days_max(run: MetricInput) -> Value:
    """Of all round trips."""
    return _extreme(_days(run), np.max)


@metric("Average holding time of wins", "holding", "days", "mean over wins", requires=_REQUIRES)
def winner_days(run: MetricInput) -> Value:
    """Undefined without a win."""
    return mean(_of_wins(run))


@metric("Shortest holding time of wins", "holding", "days", "min over wins", requires=_REQUIRES)
def winner_days_min(run: MetricInput) -> Value:
    """Undefined without a win."""
    return _extreme(_of_wins(run), np.min)


@metric("Longest holding time of wins", "holding", "days", "max over wins", requires=_REQUIRES)
def winner_days_max(run: MetricInput) -> Value:
    """Undefined without a win."""
    return _extreme(_of_wins(run), np.max)


@metric("Average holding time of losses", "holding", "days", "mean over losses", requires=_REQUIRES)
def loser_days(run: MetricInput) -> Value:
    """Undefined without a loss."""
    return mean(_of_losses(run))


@metric("Shortest holding time of losses", "holding", "days", "min over losses", requires=_REQUIRES)
def loser_days_min(run: MetricInput) -> Value:
    """Undefined without a loss."""
    return _extreme(_of_losses(run), np.min)


@metric("Longest holding time of losses", "holding", "days", "max over losses", requires=_REQUIRES)
def loser_days_max(run: MetricInput) -> Value:
    """Undefined without a loss."""
    return _extreme(_of_losses(run), np.max)
