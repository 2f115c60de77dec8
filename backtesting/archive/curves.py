"""What pages and reports derive from a stored equity curve: drawdown, returns by month. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np

from backtesting.metrics.serial import Floats


def drawdowns(equity: Floats, capital: float) -> Floats:
    """Return the drawdown below the highest equity so far, the capital included: 0 down to -1."""
    highest = np.maximum.accumulate(np.append(capital, equity))[1:]
    below: Floats = equity / highest - 1.0
    return below


def monthly_returns(
    points: Iterable[tuple[datetime, float]], capital: float, start: datetime
) -> dict[int, dict[int, float]]:
    """Return the return of each UTC month by year and month (1 to 12), of (time, equity) in order.

    A month's return is from the last point before it, at first the capital at `start`, to its own
    last point. Midnight closes the day before it, except at `start`. A month without a point, and
    one that begins without equity, has no return.
    """
    ends: dict[tuple[int, int], float] = {}
    for time, equity in points:
        ends[_month_of(time, start)] = equity
    returns: dict[int, dict[int, float]] = {}
    before = capital
    for (year, month), equity in ends.items():
        if before > 0:
            returns.setdefault(year, {})[month] = equity / before - 1.0
        before = equity
    return returns


def yearly_return(months: dict[int, float]) -> float:
    """Compound the months of a year."""
    growth = 1.0
    for change in months.values():
        growth *= 1.0 + change
    return growth - 1.0


def _month_of(time: datetime, start: datetime) -> tuple[int, int]:
    is_midnight = time == time.replace(hour=0, minute=0, second=0, microsecond=0)
    day = time - timedelta(days=1) if is_midnight and time > start else time
    return day.year, day.month
