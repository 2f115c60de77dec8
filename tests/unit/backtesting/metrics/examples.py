"""A run small enough to be computed by hand.

Equity 100, 110, 99, 99, 108.9: returns +0.1, -0.1, 0, +0.1, whose mean is 0.025; the squares of
their deviations 0.075, -0.125, -0.025, 0.075 sum to 0.0275. Drawdowns 0, 0, 0.1, 0.1, 0.01. Five
round trips have profits of +30, -10, 0, +20, -20.
"""

import numpy as np

from backtesting.metrics import (
    EquityCurve,
    Holdings,
    MetricInput,
    ProcessCounts,
    RoundTripColumns,
    TrialStats,
)
from backtesting.metrics.metric_input import DAY_US


def curve(*equity: float) -> EquityCurve:
    """Return equity at day ends, from day 0."""
    return EquityCurve(np.arange(len(equity), dtype=np.int64) * DAY_US, np.array(equity, float))


def days(*values: float) -> np.ndarray:
    return np.array([value * DAY_US for value in values], np.int64)


# The same four returns eight times, and the benchmark's: long enough to be annualised.
LONG_RUN = MetricInput(
    curve=curve(*np.cumprod([100.0, *[1.1, 0.9, 1.0, 1.1] * 8])),
    benchmark=curve(*np.cumprod([200.0, *[1.05, 0.95, 1.1, 1.0] * 8])),
)

ROUND_TRIPS = RoundTripColumns(
    entry_us=days(0, 0.5, 1, 2, 3),
    exit_us=days(0.25, 1, 2, 3, 3.5),
    entry_value=np.array([100.0, 200, 100, 50, 100]),
    profit=np.array([30.0, -10, 0, 20, -20]),
    fees=np.array([1.0, 2, 1, 0.5, 0.5]),
    adverse=np.array([5.0, 20, 10, 0, 25]),
    favourable=np.array([40.0, 10, 10, 20, 0]),
    risk=np.array([10.0, 20, 0, 10, 10]),
)
RUN = MetricInput(
    curve=curve(100, 110, 99, 99, 108.9),
    round_trips=ROUND_TRIPS,
    holdings=Holdings(
        gross=np.array([0.5, 1.0, 0.0, 0.5]), turnover=1100.0, fees=5.1,
        open_since_us=int(3.75 * DAY_US),
    ),
    counts=ProcessCounts(
        refused_orders=7, timed_out_orders=1, cancelled_orders=2, replaced_orders=3, left_open=4,
        locks=5, gap_candles=6, ambiguous_candles=8,
    ),
    benchmark=curve(200, 210, 199.5, 219.45, 219.45),
    trials=TrialStats(count=10, sharpe_variance=0.01),
)  # fmt: skip
