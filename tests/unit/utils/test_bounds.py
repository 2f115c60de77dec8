"""What enters is bounded: every type refuses what no store, socket or array can hold."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from utils.bounds import (
    EARLIEST_TIME,
    LATEST_TIME,
    MAX_INT,
    BoundedDecimal,
    BoundedModel,
    ClassName,
    Count,
    Days,
    Host,
    InstrumentName,
    Line,
    Money,
    Port,
    PositiveMoney,
    PositiveSeconds,
    Price,
    Rate,
    Reason,
    RowId,
    Seconds,
    Slug,
    Text,
    Time,
    Topic,
    check_decimal,
    check_plain,
    shortened,
)
from utils.errors import ConfigError
from utils.readers import read_as
from utils.times import ms_of_time, shifted, time_of_ms

BAD = [
    *((Money, bad) for bad in ("1e999999999", "-1", "inf", "nan", "1e-999999999", "9" * 5_000)),
    *((PositiveMoney, bad) for bad in ("0", "-0", "1e16", "sNaN", "", "x", None)),
    *((Price, bad) for bad in ("0", "1e-21", "1." + "1" * 40, 10**400)),
    *((Rate, bad) for bad in ("1.5", "-2", "Infinity")),
    *((BoundedDecimal, bad) for bad in ("1e18", "-1e18", "1e-21", "1" * 39)),
    *((Count, bad) for bad in (-1, 10**10, "1" * 5_000, 1.5, "x")),
    *((RowId, bad) for bad in (-1, MAX_INT + 1)),
    *((Port, bad) for bad in (0, 65_536, "http", -80)),
    *((Seconds, bad) for bad in (1e300, "inf", "nan", -1, float("nan"))),
    *((PositiveSeconds, bad) for bad in (0, 1e-9, 1e300)),
    *((Days, bad) for bad in (999_999, "inf", -1)),
    *((Text, bad) for bad in ("a\0b", "\ud800", "x" * 10_001, 5)),
    *((Line, bad) for bad in ("two\nlines", "\x1b[2J", "a\0", "x" * 301)),
    *((Topic, bad) for bad in ("", "\0", "candles\0", "x" * 301)),
    *((Reason, bad) for bad in ("x" * 301, "\0")),
    *((Slug, bad) for bad in ("", "A", "-a", "a\n", "a\0", "a" * 61)),
    *((ClassName, bad) for bad in ("", "x" * 81, "\0")),
    *((InstrumentName, bad) for bad in ("", "x" * 101, "okx:\0")),
    *((Host, bad) for bad in ("http://a", "a/b", "a:80", "", "a b", "user@a")),
    *(
        (Time, bad)
        for bad in (
            "0068-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00+14:00",
            "2026-01-01T00:00:00",
        )
    ),
]


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_what_is_out_of_bounds_is_refused_in_one_short_line(kind: Any, value: object) -> None:
    with pytest.raises(ConfigError) as refused:
        read_as(kind, value, source="--option")
    assert str(refused.value).startswith("--option: ")
    assert len(str(refused.value)) < 300
    assert "\0" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Money, "0", Decimal(0)),
        (PositiveMoney, "1e15", Decimal("1e15")),
        (Price, "0.000000001", Decimal("1e-9")),
        (Rate, "-0.0002", Decimal("-0.0002")),
        (Port, "8050", 8050),
        (Days, "0.25", 0.25),
        (Topic, "candles:okx:BTC-USDT:1m", "candles:okx:BTC-USDT:1m"),
        (Text, "two\nlines, é, 漢", "two\nlines, é, 漢"),
        (Host, "::1", "::1"),
        (Host, "db.example.org", "db.example.org"),
        (Time, "2026-01-01T02:00:00+02:00", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_what_is_within_bounds_is_read(kind: Any, value: object, expected: object) -> None:
    assert read_as(kind, value, source="--option") == expected


class _Strategy(BoundedModel):
    name: str
    parameters: dict[str, Any]
    weight: float = 1


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"name": "a\0", "parameters": {}}, "name"),
        ({"name": "a", "parameters": {"x": {"y": ["\0"]}}}, "parameters.x.y[0]"),
        ({"name": "a", "parameters": {"x": 10**30}}, "parameters.x"),
        ({"name": "a", "parameters": {"x": float("inf")}}, "parameters.x"),
        ({"name": "a", "parameters": {"\0": 1}}, "NUL"),
        ({"name": "a", "parameters": {"x": list(range(20_001))}}, "20,000"),
        ({"name": "a", "parameters": {}, "weight": "nan"}, "weight"),
    ],
)
def test_a_model_is_bounded_at_any_depth(values: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError, match=path.replace("[", r"\[")):
        read_as(_Strategy, values, source="strategy")


def test_nesting_is_bounded() -> None:
    value: object = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="16 levels"):
        check_plain(value)


def test_a_decimal_is_refused_before_it_is_written_out() -> None:
    for text in ("1e999999999", "-1e999999999", "1e-999999999"):
        with pytest.raises(ValueError, match="1e-20 and 1e18"):
            check_decimal(Decimal(text))


def test_times_are_clipped_and_converted_within_what_can_be_held() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert shifted(now, timedelta(days=-999_999)) == EARLIEST_TIME
    assert shifted(now, timedelta(days=999_999_999)) == LATEST_TIME
    assert shifted(now, timedelta(days=1)) == now + timedelta(days=1)
    assert time_of_ms(ms_of_time(now)) == now
    for bad in (10**20, -(10**20), 10**5_000):
        with pytest.raises(ValueError, match="milliseconds since 1970"):
            time_of_ms(bad)


def test_a_shown_value_is_short() -> None:
    assert shortened("x" * 10_000).endswith("...")
    assert len(shortened("x" * 10_000)) == 60
    assert shortened(10**5_000) == "a number of more than 77 digits"
