from datetime import UTC, datetime
from decimal import Decimal

import pytest

from data import Side
from data.errors import InvalidValue
from data.imports.tables.cells import (
    TimeUnit,
    read_boolean,
    read_decimal,
    read_id,
    read_side,
    time_reader,
)

LATEST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", "0.1"),
        ("105433.60000", "105433.60000"),
        ("1e-8", "0.00000001"),
        ("5.3E+4", "53000"),
        ("0.123456789012345678901234567890", "0.123456789012345678901234567890"),
        ("7.", "7"),
        ("-2", "-2"),
        ("+2", "2"),
    ],
)
def test_a_number_keeps_every_digit(text: str, value: str):
    assert read_decimal(text, "size") == Decimal(value)


def test_trailing_zeros_stay():
    assert str(read_decimal("105433.60000", "price")) == "105433.60000"


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1,5", "1_000", "0x10", "nan", "inf", "one", "١", "1e", ".", "--1", "1.2.3"],
)
def test_what_is_no_plain_number_is_refused(text: str):
    with pytest.raises(InvalidValue, match=r"price .* is not a number"):
        read_decimal(text, "price")


@pytest.mark.parametrize(("text", "value"), [(".5", "0.5"), ("5.", "5"), ("-.5e1", "-5")])
def test_a_number_may_lack_a_digit_on_one_side_of_its_point(text: str, value: str):
    assert read_decimal(text, "price") == Decimal(value)


@pytest.mark.parametrize("text", ["1e31", "1e-31", "1e999", "9" * 41])
def test_a_number_beyond_all_markets_is_refused(text: str):
    with pytest.raises(InvalidValue, match="has too many digits"):
        read_decimal(text, "price")


def test_a_huge_cell_is_not_shown_whole():
    with pytest.raises(InvalidValue) as caught:
        read_decimal("x" * 100_000, "price")
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("007", 7), (str(2**63 - 1), 2**63 - 1)])
def test_an_id_is_a_whole_number(text: str, value: int):
    assert read_id(text, "id") == value


@pytest.mark.parametrize("text", ["", "-1", "1.0", "1e3", str(2**63), "9" * 30, "abc"])
def test_no_other_text_is_an_id(text: str):
    with pytest.raises(InvalidValue, match=r"id .* is not a whole number from 0"):
        read_id(text, "id")


@pytest.mark.parametrize("text", ["buy", "BUY", "Buy", "b"])
def test_sides_are_read_in_any_case(text: str):
    assert read_side(text) is Side.BUY
    assert read_side("S") is Side.SELL


@pytest.mark.parametrize("text", ["", "bid", "1", "long", " buy"])
def test_a_side_is_not_guessed(text: str):
    with pytest.raises(InvalidValue, match="is neither buy nor sell"):
        read_side(text)


def test_booleans_are_names_or_one_and_zero():
    assert [read_boolean(text, "confirmed") for text in ("True", "1", "false", "0")] == [
        True, True, False, False,
    ]  # fmt: skip
    with pytest.raises(InvalidValue, match="confirmed 'yes' is neither true nor false"):
        read_boolean("yes", "confirmed")


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (TimeUnit.S, "1762795433.9717445"),
        (TimeUnit.MS, "1762795433971.7445"),
        (TimeUnit.US, "1762795433971744"),
        (TimeUnit.NS, "1762795433971744599"),
        (TimeUnit.ISO, "2025-11-10T17:23:53.971744Z"),
        (TimeUnit.ISO, "2025-11-10 17:23:53.9717449"),
        (TimeUnit.ISO, "2025-11-10T18:23:53.971744+01:00"),
    ],
)
def test_a_time_is_read_to_the_microsecond_and_cut_there(unit: TimeUnit, text: str):
    expected = datetime(2025, 11, 10, 17, 23, 53, 971744, tzinfo=UTC)
    assert time_reader(unit, LATEST)(text) == expected


def test_cutting_keeps_a_time_in_its_candle_where_rounding_would_not():
    last_instant = time_reader(TimeUnit.S, LATEST)("1762795439.99999999")
    assert last_instant == datetime(2025, 11, 10, 17, 23, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "-5", "1.7e9", "2025-11-10", "1 762", "12:00"])
def test_what_is_no_count_is_refused(text: str):
    with pytest.raises(InvalidValue, match="is not a Unix time"):
        time_reader(TimeUnit.S, LATEST)(text)


@pytest.mark.parametrize("text", ["", "yesterday", "2025-13-01", "1762795433x", "2019-10-17 09-AM"])
def test_what_is_not_iso_is_refused(text: str):
    with pytest.raises(InvalidValue, match="is not an ISO 8601 time"):
        time_reader(TimeUnit.ISO, LATEST)(text)


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (TimeUnit.MS, "1762795433"),
        (TimeUnit.S, "1762795433971"),
        (TimeUnit.S, "9" * 30),
        (TimeUnit.S, "1800000000"),
        (TimeUnit.ISO, "1970-01-01"),
        (TimeUnit.ISO, "9999-12-31T23:59:59-12:00"),
    ],
)
def test_an_impossible_time_suggests_the_unit(unit: TimeUnit, text: str):
    with pytest.raises(InvalidValue, match=r"is --time-unit right\?|is not an ISO 8601"):
        time_reader(unit, LATEST)(text)
