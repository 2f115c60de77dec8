"""Thinning of marks keeps every maximum drawdown."""

from datetime import datetime
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.verification.marks import MOST_OF_A_DAY, comparable, day_of, thin_marks
from tests.builders import at
from tests.unit.bot_manager.bot_builders import a_mark, an_order

DAY_S = 86_400
END = at(3 * DAY_S)
SECONDS = st.integers(1, 4 * DAY_S)
EQUITY = st.integers(1, 40)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[EquityMark], list[AccountOrder]]:
    """Draw marks and fills of up to four days, at random times."""
    times = sorted(draw(st.sets(SECONDS, min_size=1, max_size=80)))
    is_fill = draw(st.lists(st.integers(0, 5).map(bool), min_size=len(times), max_size=len(times)))
    marks, fills = [], []
    for time, later in zip(times, is_fill, strict=True):
        equity = Decimal(draw(EQUITY))
        if later:
            marks.append(msgspec.structs.replace(a_mark(time), equity=equity))
        else:
            fill = an_order(len(fills), at_s=time)
            fills.append(msgspec.structs.replace(fill, equity=equity))
    return marks, fills


def drawdowns(marks: list[EquityMark], fills: list[AccountOrder]) -> tuple[Decimal, Decimal]:
    """Return the maximum drawdown as a fraction and in money, over all pairs of points."""
    points = [p.equity for p in sorted([*marks, *fills], key=lambda point: point.time)]
    pairs = [(high, low) for n, high in enumerate(points) for low in points[n:]]
    return (
        max(((high - low) / high for high, low in pairs), default=Decimal(0)),
        max((high - low for high, low in pairs), default=Decimal(0)),
    )


@given(histories())
def test_the_maximum_drawdown_is_the_same_before_and_after(
    history: tuple[list[EquityMark], list[AccountOrder]],
) -> None:
    marks, fills = history
    kept = thin_marks(marks, fills, END)
    assert drawdowns(kept, fills) == drawdowns(marks, fills)
    assert thin_marks(kept, fills, END) == kept


@given(histories())
def test_of_each_day_first_lowest_highest_and_last_are_kept(
    history: tuple[list[EquityMark], list[AccountOrder]],
) -> None:
    marks, fills = history
    kept = thin_marks(marks, fills, END)
    for day in {day_of(mark) for mark in marks}:
        of_day = [mark for mark in marks if day_of(mark) == day]
        left = [mark for mark in kept if day_of(mark) == day]
        assert (left[0], left[-1]) == (of_day[0], of_day[-1])
        equities = [mark.equity for mark in left]
        assert min(equities) == min(mark.equity for mark in of_day)
        assert max(equities) == max(mark.equity for mark in of_day)
        if of_day[0].time <= END:
            assert len(left) <= MOST_OF_A_DAY
        else:
            assert left == of_day


def marks_at(*seconds: int) -> list[EquityMark]:
    return [a_mark(time) for time in seconds]


def compare(
    stored: list[EquityMark], replayed: list[EquityMark], until: datetime | None = None
) -> bool:
    return comparable(replayed, stored, END, until) == stored


def test_what_was_thinned_is_compared_by_what_is_left_of_it() -> None:
    whole = marks_at(60, 120, 180, DAY_S)
    assert compare(marks_at(DAY_S), whole)
    assert compare(marks_at(120, DAY_S), whole)


def test_the_last_mark_of_a_day_and_every_newer_one_must_be_there() -> None:
    whole = marks_at(60, DAY_S, 3 * DAY_S + 60, 3 * DAY_S + 120)
    assert not compare(marks_at(60, 3 * DAY_S + 60, 3 * DAY_S + 120), whole)
    assert not compare(marks_at(DAY_S, 3 * DAY_S + 120), whole)


def test_a_mark_that_no_replay_makes_is_a_difference() -> None:
    assert not compare(marks_at(90, DAY_S), marks_at(60, DAY_S))


def test_of_a_day_that_a_verification_cuts_nothing_must_be_there() -> None:
    assert compare([], marks_at(60, 120), until=at(180))
