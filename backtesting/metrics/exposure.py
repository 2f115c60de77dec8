"""Metrics of exposure and of trading costs."""

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.growth import net_profit
from backtesting.metrics.metric_input import MetricInput
from backtesting.metrics.serial import NOISE, mean, ratio, total


@metric(
    "Exposure",
    "exposure",
    "fraction",
    "time with a position / elapsed time",
    requires="any run",
)
def exposure(run: MetricInput) -> Value:
    """A position still open counts to the end."""
    start, end = int(run.curve.time_us[0]), int(run.curve.time_us[-1])
    held = int(
        (run.round_trips.exit_us - run.round_trips.entry_us).sum()
    )  # whole numbers: in any order
    if run.holdings.open_since_us is not None:
        held += end - run.holdings.open_since_us
    return ratio(float(held), float(end - start))


@metric(
    "Mean gross exposure",
    "exposure",
    "fraction",
    "mean over marks of abs(worth of the position) / equity",
    requires="any run",
)
def mean_gross_exposure(run: MetricInput) -> Value:
    """Marks without a position count as 0."""
    return mean(run.holdings.gross)


@metric(
    "Turnover",
    "costs",
    "ratio",
    "sum of the values of all fills / mean(E), E_0 .. E_N",
    requires="any run",
)
def turnover(run: MetricInput) -> Value:
    """How many times the average equity was traded, entries and exits both counted."""
    return ratio(run.holdings.turnover, mean(run.curve.equity))


@metric("Fees", "costs", "money", "sum of all fees", requires="any run", better=-1)
def fees(run: MetricInput) -> Value:
    """Slippage is in the prices, not here."""
    return run.holdings.fees


@metric(
    "Fee drag",
    "costs",
    "fraction",
    "fees / (net profit + fees)",
    requires="a profit before fees",
    better=-1,
)
def fee_drag(run: MetricInput) -> Value:
    """What share of the profit before fees went to them; undefined without such a profit."""
    gross = (net_profit(run) or 0.0) + run.holdings.fees
    is_noise = gross <= NOISE * float(run.curve.equity.max())
    return None if is_noise else run.holdings.fees / gross


@metric(
    "Average fee of a round trip",
    "costs",
    "money",
    "mean fee of round trips",
    requires="any run",
    better=-1,
)
def average_fee(run: MetricInput) -> Value:
    """Both fills of it."""
    return ratio(total(run.round_trips.fees), float(len(run.round_trips)))
