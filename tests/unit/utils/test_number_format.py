"""Money shows what it is worth, whatever it is counted in."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.money_cases import MONEY
from utils.number_format import CASH, count, format_money

_SCRIPT = Path(__file__).parents[3] / "dashboard/web/core/format.js"


@pytest.mark.parametrize(("value", "currency", "text"), MONEY)
def test_money_has_as_many_decimals_as_it_requires(value: float, currency: str, text: str) -> None:
    assert format_money(value, currency) == text
    assert format_money(Decimal(str(value)), currency) == text


def test_unknown_amounts_are_no_numbers() -> None:
    assert format_money(float("nan"), "USDT") == "nan"


def test_pages_have_the_same_currencies() -> None:
    (listed,) = re.findall(r"const CASH = new Set\(\(([^)]*)\)", _SCRIPT.read_text())
    assert set(re.findall(r"[A-Z]+", listed)) == CASH


def test_a_count_has_its_noun_in_the_plural_unless_it_is_one() -> None:
    assert count(1, "gap") == "1 gap"
    assert count(1200, "gap") == "1,200 gaps"
