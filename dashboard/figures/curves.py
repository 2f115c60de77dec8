"""What is derived from a stored equity curve: drawdown, exposure, monthly returns. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from backtesting.archive.curves import drawdowns, monthly_returns, yearly_return
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
        "drawdown": drawdowns(equity, capital).round(6).tolist(),
        "benchmark_drawdown": drawdowns(benchmark, capital).round(6).tolist(),
        "exposure": exposure.round(6).tolist(),
    }


def month_rows(
    points: Iterable[tuple[datetime, float]], capital: float, start: datetime
) -> list[dict[str, Any]]:
    """Return years, newest first, with the return of each month and of the year; None: no data."""
    years = monthly_returns(points, capital, start)
    return [
        {
            "year": year,
            "months": [months.get(month) for month in range(1, 13)],
            "total": yearly_return(months),
        }
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
