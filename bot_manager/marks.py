"""Marks of equity by the day: which are kept when thinned, and which are compared. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from bot_manager.ledger import AccountOrder, EquityMark

KEPT_WHOLE = timedelta(days=30)
"""How long every mark is kept; later those are that say what a day was."""
MOST_OF_A_DAY = 8
"""A day of at most so many marks is left whole: the first, the lowest, the highest, the last, and
the peak and the trough of its maximum drawdown, as a fraction and in money."""
_INSTANT = timedelta(microseconds=1)

Point = EquityMark | AccountOrder


def day_of(point: Point) -> date:
    """Return the UTC day that a point of equity belongs to; midnight ends a day."""
    return (point.time - _INSTANT).date()


def last_of_days(marks: Sequence[EquityMark]) -> Iterator[EquityMark]:
    """Yield the last mark of each day of one bot's, in time order."""
    for _, of_day in groupby(marks, day_of):
        yield list(of_day)[-1]


def thin_marks(
    marks: Sequence[EquityMark], orders: Sequence[AccountOrder], before: datetime
) -> list[EquityMark]:
    """Return one bot's marks, with few of each day up to a UTC midnight.

    The maximum drawdown over marks and filled `orders` is the same before and after. Thinning
    again, later, leaves what thinning once, later, leaves.
    """
    old = [mark for mark in marks if mark.time <= before]
    fills = [order for order in orders if order.filled and order.time <= before]
    fills_of = {day: list(of_day) for day, of_day in groupby(fills, day_of)}
    kept: list[EquityMark] = []
    for day, of_day in groupby(old, day_of):
        kept += kept_of_day(list(of_day), fills_of.get(day, []))
    return [*kept, *marks[len(old) :]]


def kept_of_day(marks: Sequence[EquityMark], fills: Sequence[AccountOrder]) -> Sequence[EquityMark]:
    """Return the marks of one day that are kept, in time order; `fills` are all kept elsewhere."""
    if len(marks) <= MOST_OF_A_DAY:
        return marks
    # A fill at a close comes behind its mark.
    points: list[Point] = sorted([*marks, *fills], key=lambda point: point.time)
    lowest = min(marks, key=lambda mark: mark.equity)
    highest = max(marks, key=lambda mark: mark.equity)
    kept = {marks[0].time, lowest.time, highest.time, marks[-1].time}
    kept.update(point.time for point in _ends_of_drawdowns(points) if isinstance(point, EquityMark))
    return [mark for mark in marks if mark.time in kept]


def _ends_of_drawdowns(points: Sequence[Point]) -> list[Point]:
    """Return peak and trough of the maximum drawdown as a fraction, and of that in money."""
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
    """Return the replayed marks that a store which may have been thinned must hold.

    Up to the midnight `before` these are the ones it does hold and the last of every day that is
    over at `until`, however few of a day were kept. Behind it they are all.
    """
    times = {mark.time for mark in stored}
    old = [mark for mark in replayed if mark.time <= before]
    whole = (mark for mark in old if until is None or day_of(mark) < until.date())
    times.update(mark.time for mark in last_of_days(list(whole)))
    return [*(mark for mark in old if mark.time in times), *replayed[len(old) :]]


def thinned_before(now: datetime) -> datetime:
    """Return the midnight up to which marks may be thinned."""
    return (now - KEPT_WHOLE).replace(hour=0, minute=0, second=0, microsecond=0)
