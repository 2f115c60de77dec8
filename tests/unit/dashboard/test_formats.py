"""Texts of numbers and times, the same as in the browser."""

import math

import pytest

from dashboard.formats import (
    UNKNOWN,
    format_duration,
    format_money,
    format_number,
    format_profit,
    format_signed,
    format_time,
    percent,
)
from tests.money_cases import MONEY


@pytest.mark.parametrize(("value", "currency", "text"), MONEY)
def test_money_has_a_true_minus(value: float, currency: str, text: str) -> None:
    assert format_money(value, currency) == text.replace("-", "−")


def test_profits_have_their_sign_and_zero_has_none() -> None:
    assert format_profit(12.5, "USDT") == "+12.50"
    assert format_profit(-12.5, "USDT") == "−12.50"
    assert format_profit(4.5e-13, "USDT") == "0.00"


def test_unknown_values_are_a_dash() -> None:
    texts = [
        format_number(None, 2),
        format_number(math.nan, 2),
        format_signed(None, 1),
        percent(None),
        format_money(None, "USDT"),
        format_profit(None, "USDT"),
    ]
    assert texts == [UNKNOWN] * 6


def test_halves_are_rounded_away_from_zero() -> None:
    assert format_number(1.005, 2) == "1.01"
    assert format_number(-1234.5, 0) == "−1,235"


def test_fractions_are_shown_in_percent() -> None:
    assert percent(0.125) == "12.50 %"
    assert percent(0.125, 1, signed=True) == "+12.5 %"
    assert percent(-0.125, signed=True) == "−12.50 %"


def test_times_are_as_precise_as_their_step() -> None:
    assert format_time(1_700_000_000.9, 86_400) == "2023-11-14"
    assert format_time(1_700_000_000.9) == "2023-11-14 22:13"
    assert format_time(1_700_000_000.9, 1) == "2023-11-14 22:13:20"


def test_durations_are_in_their_largest_unit() -> None:
    durations = (0.25, 90, 5400, 129_600)
    assert [format_duration(each) for each in durations] == ["0.25 s", "1.5 min", "1.5 h", "1.5 d"]
