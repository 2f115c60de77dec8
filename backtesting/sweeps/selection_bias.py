"""Selection bias: the Sharpe ratio that the best of many trials has by chance alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np

from backtesting.metrics import METRICS, MetricInput, TrialStats
from backtesting.metrics.definition import Value
from backtesting.metrics.metric_input import DAYS_A_YEAR
from backtesting.metrics.serial import deviation
from backtesting.metrics.significance import best_by_chance, probability_above


class SelectionBias(msgspec.Struct, frozen=True, kw_only=True):
    """A Sharpe ratio corrected for every trial of the strategy.

    `best_by_chance`: expected annual Sharpe ratio of the best of `trials` trials without edge.
    """

    trials: int
    sharpe: Value
    best_by_chance: Value
    probabilistic_sharpe: Value
    deflated_sharpe: Value


def selection_bias_of(run: MetricInput, sharpes: Sequence[float | None]) -> SelectionBias:
    """Evaluate a run against the annual Sharpe ratios of all trials of its strategy."""
    counted = trials_of(sharpes)
    counted_run = replace(run, trials=counted)
    values = {
        name: METRICS[name](counted_run)
        for name in ("sharpe", "probabilistic_sharpe", "deflated_sharpe")
    }
    by_chance = None if counted is None else best_by_chance(counted) * DAYS_A_YEAR**0.5
    return SelectionBias(trials=len(sharpes), best_by_chance=by_chance, **values)


MOMENTS = ("sharpe", "skew", "excess_kurtosis", "daily_returns")
"""Metrics that a trial needs to be evaluated without its run."""


def selection_bias_of_trial(
    metrics: Mapping[str, Value], sharpes: Sequence[float | None]
) -> SelectionBias | None:
    """Evaluate a stored trial as `selection_bias_of` does its run; None if it lacks a metric."""
    found = [metrics.get(name) for name in MOMENTS]
    defined = [value for value in found if value is not None]
    if len(defined) < len(MOMENTS):
        return None
    sharpe, skew, excess_kurtosis, days = defined
    counted = trials_of(sharpes)

    def above(benchmark: float) -> Value:
        daily = sharpe / DAYS_A_YEAR**0.5
        return probability_above(daily, int(days), skew, excess_kurtosis + 3.0, benchmark)

    by_chance = None if counted is None else best_by_chance(counted)
    return SelectionBias(
        trials=len(sharpes),
        sharpe=sharpe,
        best_by_chance=None if by_chance is None else by_chance * DAYS_A_YEAR**0.5,
        probabilistic_sharpe=above(0.0),
        deflated_sharpe=None if by_chance is None else above(by_chance),
    )


def trials_of(sharpes: Sequence[float | None]) -> TrialStats | None:
    """Return the number and the variance of trials; None if the variance is unknown."""
    defined = np.sort(np.array([sharpe for sharpe in sharpes if sharpe is not None]))
    width = deviation(defined)
    if width is None:
        return None
    return TrialStats(count=len(sharpes), sharpe_variance=width * width / DAYS_A_YEAR)
