"""Walk-forward schedules: nothing of a test leaks into what its parameters were chosen on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from backtesting.walk_forward import Schedule
from data import TimeSpan
from utils.errors import ConfigError

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def span(days: float) -> TimeSpan:
    return TimeSpan(START, START + days * DAY)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    train = draw(st.integers(2, 60))
    purge = draw(st.integers(0, train - 1))
    return Schedule(
        train_days=train,
        test_days=draw(st.one_of(st.integers(1, 30), st.floats(0.1, 30))),
        kind=draw(st.sampled_from(["rolling", "anchored"])),
        purge_days=purge,
        embargo_days=draw(st.integers(0, train - 1 - purge)),
    )


def every_schedule(test: Callable[[Schedule, int], None]) -> Callable[[], None]:
    """Try a test on many schedules over many spans."""
    return settings(max_examples=60, deadline=None)(given(schedules(), st.integers(100, 300))(test))


@every_schedule
def test_training_ends_before_its_test_by_purge_and_embargo(schedule: Schedule, days: int) -> None:
    for fold in schedule.folds(span(days)):
        assert fold.train.start < fold.train.end
        assert (
            fold.test.start - fold.train.end == (schedule.purge_days + schedule.embargo_days) * DAY
        )


@every_schedule
def test_no_candle_of_a_test_is_in_its_own_or_an_earlier_training(
    schedule: Schedule, days: int
) -> None:
    folds = schedule.folds(span(days))
    for number, fold in enumerate(folds):
        assert all(earlier.train.end <= fold.test.start for earlier in folds[: number + 1])


@every_schedule
def test_tests_follow_each_other_without_gap_or_overlap(schedule: Schedule, days: int) -> None:
    folds = schedule.folds(span(days))
    assert all(one.test.end == other.test.start for one, other in pairwise(folds))
    assert [fold.number for fold in folds] == list(range(len(folds)))


@every_schedule
def test_nothing_lies_outside_the_span_and_no_fold_that_fits_is_missing(
    schedule: Schedule, days: int
) -> None:
    whole, folds = span(days), schedule.folds(span(days))
    assert folds[0].train.start == whole.start
    assert folds[-1].test.end <= whole.end
    assert folds[-1].test.end + schedule.test_days * DAY > whole.end - timedelta(milliseconds=1)


@every_schedule
def test_rolling_training_keeps_its_length_and_anchored_its_start(
    schedule: Schedule, days: int
) -> None:
    folds = schedule.folds(span(days))
    if schedule.kind == "anchored":
        assert {fold.train.start for fold in folds} == {START}
    else:
        assert {fold.train.end - fold.train.start for fold in folds} == {
            (schedule.train_days - schedule.distance_days) * DAY
        }


def test_a_worked_walk_forward() -> None:
    schedule = Schedule(train_days=30, test_days=10, purge_days=2, embargo_days=1)
    first, second = schedule.folds(span(55))
    assert (first.train, first.test) == (
        TimeSpan(START, START + 27 * DAY),
        TimeSpan(START + 30 * DAY, START + 40 * DAY),
    )
    assert (second.train, second.test) == (
        TimeSpan(START + 10 * DAY, START + 37 * DAY),
        TimeSpan(START + 40 * DAY, START + 50 * DAY),
    )


def test_a_span_that_is_too_short_reports_what_is_required() -> None:
    with pytest.raises(ConfigError, match="requires 40 days for one fold, the span has 39"):
        Schedule(train_days=30, test_days=10).folds(span(39))


def test_purge_and_embargo_leave_something_to_train_on() -> None:
    with pytest.raises(ValidationError, match="leave nothing"):
        Schedule(train_days=3, test_days=10, purge_days=2, embargo_days=1)


def test_steps_without_number_are_refused():
    for test_days in (0.001, 1e-9, 1e-300):
        with pytest.raises(ConfigError, match="test_days: must give at most 10,000 folds"):
            Schedule(train_days=1, test_days=test_days).folds(span(36_500))
