"""Drawdown metrics: depth below the highest equity, and duration."""

from math import sqrt

import numpy as np

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.growth import cagr, volatility
from backtesting.metrics.metric_input import DAY_US, MetricInput
from backtesting.metrics.serial import Int64s, mean, quantile, ratio, total


@metric(
    "Maximum drawdown",
    "drawdown",
    "fraction",
    "max over marks t of 1 - E_t / max(E_0 .. E_t)",
    requires="any run; it grows with time",
    better=-1,
)
def max_drawdown(run: MetricInput) -> Value:
    """Over all marks, closes of candles and fills; the peak includes the starting balance."""
    return run.max_drawdown.fraction


@metric(
    "Maximum drawdown in money",
    "drawdown",
    "money",
    "max over marks t of max(E_0 .. E_t) - E_t",
    requires="any run",
    better=-1,
)
def max_drawdown_money(run: MetricInput) -> Value:
    """Over all marks; not always of the same drawdown as the fraction."""
    return run.max_drawdown.money


@metric(
    "Calmar ratio",
    "risk-adjusted",
    "ratio",
    "CAGR / maximum drawdown",
    source="Young 1991",
    requires="36 months for the usual comparison",
    better=1,
)
def calmar(run: MetricInput) -> Value:
    """Undefined without a drawdown, and below 30 days."""
    return ratio(cagr(run), max_drawdown(run))


@metric(
    "Longest drawdown",
    "drawdown",
    "days",
    "longest time from a peak to the next equity at or above it; an open one counts to the end",
    requires="any run",
    better=-1,
)
def max_drawdown_days(run: MetricInput) -> Value:
    """From the last point at the peak to the first at or above it again."""
    highs = _highs(run)
    times = run.curve.time_us[highs]
    closed = np.diff(times)[np.diff(highs) > 1]
    still_open = run.curve.time_us[-1] - times[-1]
    return float(max(closed.max(initial=0), still_open)) / DAY_US


@metric(
    "Longest drawdown still open",
    "drawdown",
    "count",
    "1 if the longest drawdown has not ended, else 0",
    requires="any run",
)
def max_drawdown_is_open(run: MetricInput) -> Value:
    """Whether the longest drawdown would be longer had the run gone on."""
    longest = max_drawdown_days(run)
    still_open = float(run.curve.time_us[-1] - run.curve.time_us[_highs(run)[-1]]) / DAY_US
    return float(still_open > 0 and still_open == longest)


@metric(
    "Longest time under water",
    "drawdown",
    "days",
    "longest time from a peak to the last point still below it",
    requires="any run",
    better=-1,
)
def max_underwater_days(run: MetricInput) -> Value:
    """One sampling step shorter than the longest drawdown, unless that is still open."""
    highs = _highs(run)
    last_below = np.append(highs[1:] - 1, len(run.curve.time_us) - 1)
    times = run.curve.time_us
    return float((times[last_below] - times[highs]).max()) / DAY_US


@metric(
    "Share of days under water",
    "drawdown",
    "fraction",
    "count(t >= 1 with drawdown > 0) / N",
    requires="30 daily returns",
    better=-1,
)
def underwater_share(run: MetricInput) -> Value:
    """How often the equity was below its highest."""
    below = run.drawdowns[1:] > 0
    return ratio(float(below.sum()), float(len(below)))


@metric(
    "Recovery of the deepest drawdown",
    "drawdown",
    "days",
    "time from the trough of the maximum drawdown to the next equity at or above its peak",
    requires="a drawdown that has ended",
    better=-1,
)
def recovery_days(run: MetricInput) -> Value:
    """Over all marks; undefined while it lasts, or without a drawdown."""
    recovery_us = run.max_drawdown.recovery_us
    return None if recovery_us is None else recovery_us / DAY_US


@metric(
    "Recovery factor",
    "drawdown",
    "ratio",
    "net profit / maximum drawdown in money",
    requires="a drawdown",
    better=1,
)
def recovery_factor(run: MetricInput) -> Value:
    """How many times the deepest fall was earned."""
    return ratio(float(run.curve.equity[-1] - run.curve.equity[0]), max_drawdown_money(run))


@metric(
    "Ulcer index",
    "drawdown",
    "fraction",
    "sqrt(mean(drawdown_t^2)), t = 0 .. N",
    source="Martin 1987",
    requires="30 daily returns",
    better=-1,
)
def ulcer_index(run: MetricInput) -> Value:
    """Depth and length of all drawdowns of day ends in one; point 0 is included."""
    return sqrt(total(run.drawdowns * run.drawdowns) / len(run.drawdowns))


@metric(
    "Martin ratio",
    "risk-adjusted",
    "ratio",
    "CAGR / ulcer index",
    source="Martin 1987",
    requires="a year of days",
    better=1,
)
def martin(run: MetricInput) -> Value:
    """Also called ulcer performance index; undefined below 30 days."""
    return ratio(cagr(run), ulcer_index(run))


@metric(
    "Conditional drawdown at risk, 95 %",
    "drawdown",
    "fraction",
    "mean of the drawdowns at or above their 95th percentile, t = 0 .. N",
    source="Chekhlov, Uryasev, Zabarankin 2003",
    requires="100 daily returns",
    better=-1,
)
def conditional_drawdown_95(run: MetricInput) -> Value:
    """How deep the worst twentieth of points is on average."""
    edge = quantile(run.drawdowns, 0.95)
    return None if edge is None else mean(run.drawdowns[run.drawdowns >= edge])


@metric(
    "Serenity ratio",
    "risk-adjusted",
    "ratio",
    "CAGR / (ulcer index x pitfall), pitfall = conditional drawdown at risk 95 % / volatility",
    source="KeyQuant 2012",
    requires="a year of days",
    better=1,
)
def serenity(run: MetricInput) -> Value:
    """Punishes length, depth and extremes of drawdowns; undefined below 30 days."""
    pitfall = ratio(conditional_drawdown_95(run), volatility(run))
    ulcer = ulcer_index(run)
    if pitfall is None or ulcer is None:
        return None
    return ratio(cagr(run), ulcer * pitfall)


def _highs(run: MetricInput) -> Int64s:
    """Return the numbers of the points at or above all before them."""
    return np.flatnonzero(run.drawdowns <= 0).astype(np.int64)
