"""Marks of equity by the day: what is kept of them, and what metrics are made of. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from bot_manager.ledger import EquityMark

KEPT_WHOLE = timedelta(days=30)
"""How long every mark is kept; later one of each day is."""
_INSTANT = timedelta(microseconds=1)


def day_of(mark: EquityMark) -> date:
    """Return the UTC day that a mark belongs to; midnight ends a day."""
    return (mark.time - _INSTANT).date()


def last_of_days(marks: Sequence[EquityMark]) -> Iterator[EquityMark]:
    """Yield the last mark of each day of one bot's, in time order."""
    for _, of_day in groupby(marks, day_of):
        yield list(of_day)[-1]


def thinned(marks: Sequence[EquityMark], before: datetime) -> list[EquityMark]:
    """Return one bot's marks with only the last one of each day up to a UTC midnight.

    Thinning again, later, leaves what thinning once, later, leaves.
    """
    old = [mark for mark in marks if mark.time <= before]
    return [*last_of_days(old), *marks[len(old) :]]


def thinned_before(now: datetime) -> datetime:
    """Return the midnight up to which marks may be thinned."""
    return (now - KEPT_WHOLE).replace(hour=0, minute=0, second=0, microsecond=0)
