"""What is derived from a stored equity curve: drawdown, exposure, monthly returns. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from backtesting.metrics.serial import Floats
from backtesting.record import EquitySample
from bot_manager.trading import RoundTrip

MAX_BINS = 40
MIN_BINS = 5


def curve_columns(samples: Sequence[EquitySample], capital: float) -> dict[str, list[Any]]:
    """Return the curve as columns; times in Unix seconds, drawdown and exposure as fractions.

    The benchmark's columns are empty where it is undefined.
    """
    equity = np.array([float(sample.equity) for sample in samples])
    benchmark = np.array([float(one.benchmark) for one in samples if one.benchmark is not None])
    value = np.array([float(sample.position_value) for sample in samples])
    exposure = np.divide(value, equity, out=np.zeros_like(value), where=equity > 0)
    return {
        "time": [int(sample.time.timestamp()) for sample in samples],
        "equity": equity.tolist(),
        "benchmark": benchmark.tolist(),
        "drawdown": drawdowns(equity, capital).tolist(),
        "benchmark_drawdown": drawdowns(benchmark, capital).tolist(),
        "exposure": exposure.round(6).tolist(),
    }


def drawdowns(equity: Floats, capital: float) -> Floats:
    """Return the drawdown below the highest equity so far, the capital included: 0 down to -1."""
    highest = np.maximum.accumulate(np.append(capital, equity))[1:]
    below: Floats = (equity / highest - 1.0).round(6)
    return below


def monthly_returns(samples: Sequence[EquitySample], capital: float) -> list[dict[str, Any]]:
    """Return years, newest first, with the return of each month and of the year; None: no data.

    A month's return is from the last stored point before it to its own last one. A point at
    midnight closes the day before it.
    """
    ends: dict[tuple[int, int], float] = {}
    for sample in samples:
        closed = sample.time.timestamp() - 1
        month = np.datetime64(int(closed), "s").astype("datetime64[M]").astype(int)
        ends[1970 + int(month) // 12, int(month) % 12] = float(sample.equity)
    years: dict[int, list[float | None]] = {}
    totals: dict[int, float] = {}
    before = capital
    for (year, month_of_year), equity in ends.items():
        change = equity / before - 1.0 if before > 0 else 0.0
        years.setdefault(year, [None] * 12)[month_of_year] = change
        totals[year] = (1.0 + totals.get(year, 0.0)) * (1.0 + change) - 1.0
        before = equity
    return [
        {"year": year, "months": months, "total": totals[year]}
        for year, months in sorted(years.items(), reverse=True)
    ]


def histogram(round_trips: Iterable[RoundTrip]) -> dict[str, list[float]]:
    """Return the histogram of the round trips' returns on their entry value."""
    returns = [
        float(round_trip.profit / round_trip.entry_value)
        for round_trip in round_trips
        if round_trip.entry_value
    ]
    if not returns:
        return {"edges": [], "counts": []}
    bins = min(MAX_BINS, max(MIN_BINS, int(2 * len(returns) ** 0.5)))
    counts, edges = np.histogram(returns, bins=bins)
    return {"edges": edges.tolist(), "counts": counts.tolist()}
