"""Drawdown and returns by month of a stored equity curve."""

from datetime import UTC, datetime

import numpy as np
import pytest

from backtesting.archive.curves import drawdowns, monthly_returns, yearly_return

START = datetime(2025, 1, 1, tzinfo=UTC)


def at(month: int, day: int, year: int = 2025, microsecond: int = 0) -> datetime:
    return datetime(year, month, day, microsecond=microsecond, tzinfo=UTC)


def test_a_month_returns_from_the_last_point_before_it_to_its_own_last() -> None:
    points = [(at(1, 31), 11.0), (at(2, 3), 99.0), (at(2, 28), 5.5), (at(12, 5), 8.25)]
    months = monthly_returns(points, 10.0, START)
    assert months == {2025: {1: pytest.approx(0.1), 2: -0.5, 12: 0.5}}
    assert yearly_return(months[2025]) == pytest.approx(-0.175)


def test_midnight_closes_the_day_before_and_nothing_else_does() -> None:
    assert monthly_returns([(at(2, 1), 20.0)], 10.0, START) == {2025: {1: 1.0}}
    assert monthly_returns([(at(1, 1, 2026), 20.0)], 10.0, START) == {2025: {12: 1.0}}
    just_after = at(2, 1, microsecond=1)
    assert monthly_returns([(just_after, 20.0)], 10.0, START) == {2025: {2: 1.0}}


def test_a_point_at_the_start_opens_its_month() -> None:
    points = [(START, 10.0), (at(1, 20), 20.0)]
    assert monthly_returns(points, 10.0, START) == {2025: {1: 1.0}}


def test_a_month_that_begins_without_equity_has_no_return() -> None:
    points = [(at(1, 20), 0.0), (at(2, 20), 5.0), (at(3, 20), 10.0)]
    assert monthly_returns(points, 10.0, START) == {2025: {1: -1.0, 3: 1.0}}


def test_drawdowns_count_from_the_capital_on() -> None:
    below = drawdowns(np.array([90.0, 120.0, 90.0]), 100.0)
    assert below.tolist() == pytest.approx([-0.1, 0.0, -0.25])
    assert drawdowns(np.array([]), 100.0).tolist() == []
