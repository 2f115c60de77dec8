"""Metrics against buying at the first tradable candle and holding, sampled at the same times."""

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.growth import MIN_ANNUALISED_RETURNS, annualised, total_return
from backtesting.metrics.metric_input import DAYS_A_YEAR, MetricInput, returns_of
from backtesting.metrics.serial import Floats, mean, ratio, spread, total


@metric(
    "Return of buy and hold",
    "benchmark",
    "fraction",
    "(B_N - B_0) / B_0",
    requires="a benchmark",
)
def benchmark_return(run: MetricInput) -> Value:
    """What the same capital would have made by holding."""
    if run.benchmark is None:
        return None
    first, last = float(run.benchmark.equity[0]), float(run.benchmark.equity[-1])
    return ratio(last - first, first)


@metric(
    "Return above buy and hold",
    "benchmark",
    "fraction",
    "total return - return of buy and hold",
    requires="a benchmark",
    better=1,
)
def excess_return(run: MetricInput) -> Value:
    """Below 0: holding would have been better."""
    own, theirs = total_return(run), benchmark_return(run)
    return None if own is None or theirs is None else own - theirs


@metric(
    "Beta",
    "benchmark",
    "ratio",
    "cov(r, b) / var(b), daily",
    source="Sharpe 1964",
    requires="90 daily returns",
)
def beta(run: MetricInput) -> Value:
    """How much of the benchmark's moves it takes part in."""
    theirs = _benchmark_returns(run)
    if theirs is None:
        return None
    return ratio(_covariance(run.returns, theirs), _covariance(theirs, theirs))


@metric(
    "Alpha, annualised",
    "benchmark",
    "fraction",
    "(mean(r - rf) - beta x mean(b - rf)) x 365",
    source="Jensen 1968",
    requires="a year of days",
    better=1,
)
def alpha(run: MetricInput) -> Value:
    """What is earned beside taking part in the benchmark; arithmetic. Undefined below 7 days."""
    theirs, slope, own = _benchmark_returns(run), beta(run), mean(run.excess)
    if theirs is None or slope is None or own is None or len(theirs) < MIN_ANNUALISED_RETURNS:
        return None
    held = total(theirs - run.daily_risk_free) / len(theirs)
    return (own - slope * held) * DAYS_A_YEAR


@metric(
    "Correlation with buy and hold",
    "benchmark",
    "ratio",
    "cov(r, b) / (std(r) x std(b)), daily",
    requires="90 daily returns",
)
def correlation(run: MetricInput) -> Value:
    """From -1 to 1."""
    theirs, width = _benchmark_returns(run), spread(run.returns, offset=1.0)
    if theirs is None or width is None:
        return None
    shared = _covariance(run.returns, theirs)
    return ratio(shared, width * (spread(theirs, offset=1.0) or 0.0))


@metric(
    "Information ratio",
    "benchmark",
    "ratio",
    "mean(r - b) / std(r - b, ddof 1) x sqrt(365)",
    source="Goodwin 1998",
    requires="90 daily returns",
    better=1,
)
def information_ratio(run: MetricInput) -> Value:
    """Undefined where the difference does not vary, and for fewer than 7 days."""
    theirs = _comparable_returns(run)
    if theirs is None:
        return None
    active = run.returns - theirs
    return annualised(ratio(mean(active), spread(active, offset=1.0)), len(active))


def _benchmark_returns(run: MetricInput) -> Floats | None:
    """Return the benchmark's daily returns if they are comparable and vary."""
    theirs = _comparable_returns(run)
    return None if theirs is None or spread(theirs, offset=1.0) is None else theirs


def _comparable_returns(run: MetricInput) -> Floats | None:
    if run.benchmark is None:
        return None
    theirs = returns_of(run.benchmark)
    return theirs if len(theirs) == len(run.returns) else None


def _covariance(one: Floats, other: Floats) -> float:
    count = len(one)
    products = (one - total(one) / count) * (other - total(other) / count)
    return total(products) / (count - 1)
