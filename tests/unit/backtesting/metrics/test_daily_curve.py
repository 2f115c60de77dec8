"""Marks are sampled to one equity a day."""

import numpy as np
import pytest

from backtesting.metrics import daily_curve
from backtesting.metrics.metric_input import DAY_US, returns_of
from tests.unit.backtesting.metrics.examples import curve, days


def sampled(start: float, end: float, *marks: tuple[float, float]) -> list[tuple[float, float]]:
    """Return (day, equity) of the curve of a run with these marks, from 100."""
    times, equity = days(*(day for day, _ in marks)), np.array([value for _, value in marks])
    made = daily_curve(int(start * DAY_US), 100.0, int(end * DAY_US), times, equity)
    return [(time / DAY_US, value) for time, value in zip(made.time_us, made.equity, strict=True)]


def test_the_last_mark_of_a_day_is_its_equity() -> None:
    marks = [(0.25, 101.0), (0.75, 102.0), (1.0, 103.0), (1.5, 104.0)]
    assert sampled(0, 2, *marks) == [(0, 100), (1, 103), (2, 104)]


def test_marks_are_carried_over_quiet_days() -> None:
    assert sampled(0, 4, (0.5, 110.0), (3.5, 120.0)) == [
        (0, 100), (1, 110), (2, 110), (3, 110), (4, 120),
    ]  # fmt: skip


def test_before_the_first_mark_stands_the_starting_balance() -> None:
    assert sampled(0, 3, (2.5, 90.0)) == [(0, 100), (1, 100), (2, 100), (3, 90)]
    assert sampled(0, 1) == [(0, 100), (1, 100)]


def test_days_end_at_midnight_utc_wherever_the_run_starts() -> None:
    assert sampled(0.5, 2.25, (0.75, 101.0), (1.5, 102.0), (2.25, 103.0)) == [
        (0.5, 100), (1, 101), (2, 102), (2.25, 103),
    ]  # fmt: skip


def test_a_run_of_no_time_is_one_point() -> None:
    assert sampled(1, 1) == [(1, 100)]


def test_elapsed_days_may_be_broken() -> None:
    made = daily_curve(0, 100.0, DAY_US * 5 // 2, days(1), np.array([100.0]))
    assert made.days == 2.5


def test_returns_start_from_the_balance() -> None:
    assert returns_of(curve(100, 90, 99)) == pytest.approx([-0.1, 0.1])
