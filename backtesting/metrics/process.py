"""Process metrics. Market orders fill at one print, so some of these stay at 0."""

from backtesting.metrics.definition import Value, metric
from backtesting.metrics.metric_input import MetricInput


@metric(
    "Refused orders", "process", "count", "entries that could not be placed", requires="any run"
)
def refused_orders(run: MetricInput) -> Value:
    """By pause, halt, cool-down, minimum size or notional."""
    return float(run.counts.refused_orders)


@metric("Timed out orders", "process", "count", "entries not filled in time", requires="any run")
def timed_out_orders(run: MetricInput) -> Value:
    """Entries do not rest: always 0 here."""
    return float(run.counts.timed_out_orders)


@metric("Cancelled orders", "process", "count", "entries cancelled", requires="any run")
def cancelled_orders(run: MetricInput) -> Value:
    """Entries do not rest: always 0 here."""
    return float(run.counts.cancelled_orders)


@metric("Replaced orders", "process", "count", "entries replaced", requires="any run")
def replaced_orders(run: MetricInput) -> Value:
    """Entries do not rest: always 0 here."""
    return float(run.counts.replaced_orders)


@metric("Positions left open", "process", "count", "open at the end", requires="any run")
def left_open(run: MetricInput) -> Value:
    """Marked, not closed."""
    return float(run.counts.left_open)


@metric("Locks", "process", "count", "halts by drawdown, daily loss, cool-down", requires="any run")
def locks(run: MetricInput) -> Value:
    """How often the account stopped itself."""
    return float(run.counts.locks)


@metric(
    "Gap candles", "process", "count", "candles of unknown spans", requires="any run", better=-1
)
def gap_candles(run: MetricInput) -> Value:
    """What the data leave out."""
    return float(run.counts.gap_candles)


@metric(
    "Ambiguous candles",
    "process",
    "count",
    "candles whose outcome depends on the order of prices inside, without intrabar data",
    requires="any run",
    better=-1,
)
def ambiguous_candles(run: MetricInput) -> Value:
    """Counted at the worse outcome."""
    return float(run.counts.ambiguous_candles)
