"""Metrics of returns: profit and its variation."""

from math import sqrt

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.metric_input import DAYS_A_YEAR, MetricInput
from backtesting.metrics.serial import mean, ratio, spread

MIN_COMPOUNDED_DAYS = 30.0
"""Fewest days from which growth is compounded to a year; with fewer it is noise."""
MIN_ANNUALISED_RETURNS = 7
"""Fewest daily returns from which a daily statistic is annualised."""


def annualised(daily: Value, count: int) -> Value:
    """Return a daily statistic of `count` returns times sqrt(365); None for too few."""
    if daily is None or count < MIN_ANNUALISED_RETURNS:
        return None
    return daily * sqrt(DAYS_A_YEAR)


@metric("Net profit", "return", "money", "E_N - E_0", requires="any run", better=1)
def net_profit(run: MetricInput) -> Value:
    """Net of fees and slippage; an open position is marked."""
    return float(run.curve.equity[-1] - run.curve.equity[0])


@metric("Total return", "return", "fraction", "(E_N - E_0) / E_0", requires="any run", better=1)
def total_return(run: MetricInput) -> Value:
    """As a fraction of the starting balance."""
    return ratio(net_profit(run), float(run.curve.equity[0]))


@metric(
    "Compound annual growth rate",
    "return",
    "fraction",
    "(E_N / E_0)^(365 / days) - 1, days = elapsed seconds / 86400",
    requires="a year of days to be more than an extrapolation",
    better=1,
)
def cagr(run: MetricInput) -> Value:
    """Undefined below 30 days, and after a loss of more than everything."""
    growth = ratio(float(run.curve.equity[-1]), float(run.curve.equity[0]))
    if growth is None or growth < 0 or run.curve.days < MIN_COMPOUNDED_DAYS:
        return None
    try:
        return float(growth ** (DAYS_A_YEAR / run.curve.days) - 1.0)
    except OverflowError:
        return None


@metric(
    "Volatility, annualised",
    "return",
    "fraction",
    "std(r, ddof 1) x sqrt(365)",
    requires="30 daily returns",
    better=-1,
)
def volatility(run: MetricInput) -> Value:
    """Of daily returns; undefined for fewer than 7."""
    return annualised(spread(run.returns, offset=1.0) or 0.0, len(run.returns))


@metric(
    "Mean daily return", "return", "fraction", "sum(r) / N", requires="30 daily returns", better=1
)
def mean_daily_return(run: MetricInput) -> Value:
    """Arithmetic."""
    return mean(run.returns)


@metric("Best day", "return", "fraction", "max(r)", requires="1 daily return", better=1)
def best_day(run: MetricInput) -> Value:
    """The greatest daily return."""
    return float(run.returns.max()) if len(run.returns) else None


@metric("Worst day", "return", "fraction", "min(r)", requires="1 daily return", better=1)
def worst_day(run: MetricInput) -> Value:
    """The least daily return."""
    return float(run.returns.min()) if len(run.returns) else None


@metric(
    "Winning days",
    "return",
    "fraction",
    "count(r > 0) / N",
    requires="30 daily returns",
    better=1,
)
def winning_days(run: MetricInput) -> Value:
    """Days without change count among N."""
    return ratio(float((run.returns > 0).sum()), float(len(run.returns)))
