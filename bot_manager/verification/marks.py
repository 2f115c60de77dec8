"""Daily equity marks: which to keep when thinning, and which to compare. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from bot_manager.domain.ledger import AccountOrder, EquityMark

KEPT_WHOLE = timedelta(days=30)
"""How long every mark is kept; afterwards only those that summarize their day."""
MOST_OF_A_DAY = 8
"""A day of at most this many marks is kept whole: first, lowest, highest and last, and the peaks
and troughs of its maximum drawdowns, as a fraction and in money."""
_INSTANT = timedelta(microseconds=1)

Point = EquityMark | AccountOrder


def day_of(point: Point) -> date:
    """Return the UTC day that a point of equity belongs to; midnight ends a day."""
    return (point.time - _INSTANT).date()


def last_of_days(marks: Sequence[EquityMark]) -> Iterator[EquityMark]:
    """Yield the last mark of each day; `marks` are one bot's, in time order."""
    for _, of_day in groupby(marks, day_of):
        yield list(of_day)[-1]


def thin_marks(
    marks: Sequence[EquityMark], orders: Sequence[AccountOrder], before: datetime
) -> list[EquityMark]:
    """Return one bot's marks, thinned for each day up to a UTC midnight.

    The maximum drawdown over marks and filled `orders` is the same before and after. Thinning twice
    gives the same marks as thinning once at the later time.
    """
    old = [mark for mark in marks if mark.time <= before]
    fills = [order for order in orders if order.filled and order.time <= before]
    fills_of = {day: list(of_day) for day, of_day in groupby(fills, day_of)}
    kept: list[EquityMark] = []
    for day, of_day in groupby(old, day_of):
        kept += kept_of_day(list(of_day), fills_of.get(day, []))
    return [*kept, *marks[len(old) :]]


def kept_of_day(marks: Sequence[EquityMark], fills: Sequence[AccountOrder]) -> Sequence[EquityMark]:
    """Return the marks of one day to keep, in time order; all `fills` are stored as orders."""
    if len(marks) <= MOST_OF_A_DAY:
        return marks
    # A fill at a close comes after its mark.
    points: list[Point] = sorted([*marks, *fills], key=lambda point: point.time)
    lowest = min(marks, key=lambda mark: mark.equity)
    highest = max(marks, key=lambda mark: mark.equity)
    kept = {marks[0].time, lowest.time, highest.time, marks[-1].time}
    kept.update(point.time for point in _ends_of_drawdowns(points) if isinstance(point, EquityMark))
    return [mark for mark in marks if mark.time in kept]


def _ends_of_drawdowns(points: Sequence[Point]) -> list[Point]:
    """Return peak and trough of the maximum drawdown as a fraction, then in money."""
    peak = points[0]
    by_fraction, by_money = (Decimal(0), peak, peak), (Decimal(0), peak, peak)
    for point in points[1:]:
        fall = peak.equity - point.equity
        if fall < 0:
            peak = point
        if fall > by_money[0]:
            by_money = (fall, peak, point)
        if peak.equity > 0 and fall / peak.equity > by_fraction[0]:
            by_fraction = (fall / peak.equity, peak, point)
    return [*by_fraction[1:], *by_money[1:]]


def comparable(
    replayed: Sequence[EquityMark],
    stored: Sequence[EquityMark],
    before: datetime,
    until: datetime | None,
) -> list[EquityMark]:
    """Return the replayed marks that a store must hold even if it was thinned.

    Up to the midnight `before` these are the stored ones and the last mark of every day that is
    over at `until`, even if fewer marks of a day were kept. After `before` they are all marks.
    """
    times = {mark.time for mark in stored}
    old = [mark for mark in replayed if mark.time <= before]
    whole = (mark for mark in old if until is None or day_of(mark) < until.date())
    times.update(mark.time for mark in last_of_days(list(whole)))
    return [*(mark for mark in old if mark.time in times), *replayed[len(old) :]]


def thinned_before(now: datetime) -> datetime:
    """Return the midnight up to which marks may be thinned."""
    return (now - KEPT_WHOLE).replace(hour=0, minute=0, second=0, microsecond=0)
