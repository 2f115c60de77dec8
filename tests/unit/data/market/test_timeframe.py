from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from data import EPOCH, Timeframe, finest_first
from data.market.timeframe import Timeframe as SameTimeframe

ALL = tuple(Timeframe)
A_WEDNESDAY = datetime(2025, 1, 8, 13, 47, 29, 123456, tzinfo=UTC)


def test_there_are_thirteen_timeframes_from_the_finest_to_the_coarsest():
    assert [str(t) for t in ALL] == [
        "1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d", "1w",
    ]  # fmt: skip
    assert all(fine.duration < coarse.duration for fine, coarse in pairwise(ALL))
    assert SameTimeframe is Timeframe


@pytest.mark.parametrize(
    ("timeframe", "duration"),
    [
        (Timeframe.S1, timedelta(seconds=1)),
        (Timeframe.M15, timedelta(minutes=15)),
        (Timeframe.H12, timedelta(hours=12)),
        (Timeframe.D1, timedelta(days=1)),
        (Timeframe.W1, timedelta(weeks=1)),
    ],
)
def test_a_timeframe_has_its_length(timeframe: Timeframe, duration: timedelta):
    assert timeframe.duration == duration
    assert timeframe.seconds == duration.total_seconds()


@pytest.mark.parametrize(
    ("timeframe", "open_time"),
    [
        (Timeframe.S1, datetime(2025, 1, 8, 13, 47, 29, tzinfo=UTC)),
        (Timeframe.M1, datetime(2025, 1, 8, 13, 47, tzinfo=UTC)),
        (Timeframe.M5, datetime(2025, 1, 8, 13, 45, tzinfo=UTC)),
        (Timeframe.H4, datetime(2025, 1, 8, 12, tzinfo=UTC)),
        (Timeframe.H6, datetime(2025, 1, 8, 12, tzinfo=UTC)),
        (Timeframe.D1, datetime(2025, 1, 8, tzinfo=UTC)),
        (Timeframe.W1, datetime(2025, 1, 6, tzinfo=UTC)),
    ],
)
def test_floor_is_the_opening_of_the_candle_that_holds_the_time(
    timeframe: Timeframe, open_time: datetime
):
    assert timeframe.floor(A_WEDNESDAY) == open_time


@pytest.mark.parametrize("timeframe", ALL)
def test_an_opening_belongs_to_its_own_candle_and_ends_the_one_before(timeframe: Timeframe):
    opening = timeframe.floor(A_WEDNESDAY)
    just_before = opening - timedelta(microseconds=1)
    assert timeframe.floor(opening) == opening
    assert timeframe.ceil(opening) == opening
    assert timeframe.floor(just_before) == opening - timeframe.duration
    assert timeframe.ceil(just_before) == opening


def test_weeks_begin_on_monday_before_the_epoch_too():
    thursday_of_the_epoch = Timeframe.W1.floor(EPOCH)
    assert thursday_of_the_epoch == datetime(1969, 12, 29, tzinfo=UTC)
    assert thursday_of_the_epoch.isoweekday() == 1
    assert Timeframe.W1.floor(A_WEDNESDAY).isoweekday() == 1


@pytest.mark.parametrize(
    ("fine", "coarse", "answer"),
    [
        (Timeframe.M1, Timeframe.W1, True),
        (Timeframe.D1, Timeframe.W1, True),
        (Timeframe.H12, Timeframe.D1, True),
        (Timeframe.M5, Timeframe.M5, True),
        (Timeframe.M3, Timeframe.M5, False),
        (Timeframe.H4, Timeframe.H6, False),
        (Timeframe.M5, Timeframe.M1, False),
        (Timeframe.W1, Timeframe.D1, False),
    ],
)
def test_a_timeframe_divides_another_if_whole_candles_make_it_up(
    fine: Timeframe, coarse: Timeframe, answer: bool
):
    assert fine.divides(coarse) is answer


def test_timeframes_are_sorted_by_length_and_not_by_name():
    assert finest_first({Timeframe.W1, Timeframe.H1, Timeframe.M15, Timeframe.M3}) == (
        Timeframe.M3,
        Timeframe.M15,
        Timeframe.H1,
        Timeframe.W1,
    )
