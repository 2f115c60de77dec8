"""The golden vector: one curve, every normative value, and their check.

r_i = 0.001 + 0.01 sin(i) + 0.006 sin(i^2), i = 1 .. 365, from 10,000; weekly round trips are the 52
blocks of 7 days from day 1.
"""

from dataclasses import dataclass
from itertools import accumulate
from math import sin
from operator import mul

import numpy as np

from backtesting.metrics.catalog import measure
from backtesting.metrics.metric_input import DAY_US, EquityCurve, MetricInput, RoundTripColumns
from backtesting.metrics.peers import PEERS
from backtesting.metrics.serial import Floats

TOLERANCE = 1e-9

NORMATIVE: dict[str, tuple[float, float]] = {
    "total_return": (0.4454291808965891, TOLERANCE),
    "cagr": (0.4454291808965891, TOLERANCE),
    "max_drawdown": (0.037888233426315976, TOLERANCE),
    "sharpe": (2.4096095642669564, TOLERANCE),
    "sortino": (3.783878482161333, TOLERANCE),
    "calmar": (11.75639877121344, TOLERANCE),
    "max_underwater_days": (43.0, TOLERANCE),
    "ulcer_index": (0.015231360138316542, TOLERANCE),
    "probabilistic_sharpe": (0.9917537500284164, TOLERANCE),
    "profit_factor": (4.103877668276538, TOLERANCE),
    "win_rate": (0.7307692307692307, TOLERANCE),
    "sqn": (3.750718276909003, TOLERANCE),
}

AS_PEERS: dict[tuple[str, str], tuple[float, float]] = {
    ("cagr", "nautilus_trader"): (0.2896, 5e-5),
    ("sharpe", "nautilus_trader, quantstats"): (2.0022, 5e-5),
    ("sortino", "nautilus_trader, quantstats"): (3.1441, 5e-5),
    ("sharpe", "freqtrade, wallet"): (2.4129, 5e-5),
    ("sortino", "freqtrade, wallet"): (4.5084, 5e-5),
    ("sharpe", "freqtrade, trades"): (1.4334, 5e-5),
    ("sortino", "freqtrade, trades"): (2.5803, 5e-5),
    ("calmar", "freqtrade"): (61.5358, 5e-5),
    ("sharpe", "backtesting.py"): (1.9385, 5e-5),
    ("sortino", "backtesting.py"): (4.4232, 5e-5),
    ("max_drawdown", "hummingbot"): (0.049406, 5e-7),
    ("sharpe", "hummingbot"): (1.6378, 5e-5),
}


@dataclass(frozen=True, slots=True)
class GoldenCheck:
    """One line of the self-test."""

    metric: str
    by: str
    expected: float
    value: float | None
    tolerance: float

    @property
    def is_right(self) -> bool:
        """Return whether the value is within the tolerance."""
        return self.value is not None and abs(self.value - self.expected) <= self.tolerance


def golden_run() -> MetricInput:
    """Return the run of the golden vector."""
    growth = [1.001 + 0.01 * sin(day) + 0.006 * sin(day * day) for day in range(1, 366)]
    equity = np.array(list(accumulate(growth, mul, initial=10_000.0)))
    return MetricInput(
        curve=EquityCurve(np.arange(366, dtype=np.int64) * DAY_US, equity),
        round_trips=_weekly(equity),
    )


def selftest() -> list[GoldenCheck]:
    """Compare every normative value, and every peer's, with the measured one."""
    run = golden_run()
    measured = measure(run)
    ours = [
        GoldenCheck(name, "normative", expected, measured[name], tolerance)
        for name, (expected, tolerance) in NORMATIVE.items()
    ]
    peers = [
        GoldenCheck(
            peer.metric, peer.platform, *_expected(peer.metric, peer.platform, peer.function(run))
        )
        for peer in PEERS
    ]
    return [*ours, *peers, _drawdown_from_the_start()]


def _expected(metric: str, platform: str, value: float | None) -> tuple[float, float | None, float]:
    expected, tolerance = AS_PEERS[metric, platform]
    return expected, value, tolerance


def _drawdown_from_the_start() -> GoldenCheck:
    """Check that a loss in the very first return counts: -10 %, +2 %, +2 %."""
    equity = np.array([1.0, 0.9, 0.9 * 1.02, 0.9 * 1.02 * 1.02])
    curve = EquityCurve(np.arange(4, dtype=np.int64) * DAY_US, equity)
    value = measure(MetricInput(curve=curve))["max_drawdown"]
    return GoldenCheck("max_drawdown", "of -10 %, +2 %, +2 %", 0.1, value, TOLERANCE)


def _weekly(equity: Floats) -> RoundTripColumns:
    ends = np.arange(0, 365, 7)
    weeks = len(ends) - 1
    zero = np.zeros(weeks)
    return RoundTripColumns(
        entry_us=ends[:-1].astype(np.int64) * DAY_US,
        exit_us=ends[1:].astype(np.int64) * DAY_US,
        entry_value=equity[ends[:-1]],
        profit=np.diff(equity[ends]),
        fees=zero,
        adverse=zero,
        favourable=zero,
        risk=zero,
    )
