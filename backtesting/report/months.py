"""Returns by calendar month."""

from datetime import datetime

from backtesting.record import BacktestRecord

Months = dict[int, dict[int, float]]
"""Returns by year and month."""


def monthly_returns(record: BacktestRecord) -> Months:
    """Return each UTC month's return, from the last stored point before it to its own last."""
    before = float(record.summary.config.get("capital", 0.0))
    last: dict[tuple[int, int], float] = {}
    for sample in record.equity:
        last[_month_of(sample.time, record.summary.start)] = float(sample.equity)
    returns: Months = {}
    for (year, month), equity in last.items():
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
    """Return the month that ends at `time`: midnight belongs to the day before."""
    midnight = time.day == 1 and (time.hour, time.minute, time.second) == (0, 0, 0)
    if midnight and time > start:
        year, month = (time.year, time.month - 1) if time.month > 1 else (time.year - 1, 12)
        return year, month
    return time.year, time.month
