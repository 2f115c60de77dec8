from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.simulator.market.bars import BARS


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("name", "time", "opens"),
    [
        ("1m", "2026-04-27T03:04:05", "2026-04-27T03:04:00"),
        ("4H", "2026-04-27T03:04:05", "2026-04-27T00:00:00"),
        ("6H", "2026-04-27T03:04:05", "2026-04-26T22:00:00"),
        ("6Hutc", "2026-04-27T03:04:05", "2026-04-27T00:00:00"),
        ("12H", "2026-04-27T03:04:05", "2026-04-26T16:00:00"),
        ("1D", "2026-04-27T03:04:05", "2026-04-26T16:00:00"),
        ("1Dutc", "2026-04-27T03:04:05", "2026-04-27T00:00:00"),
        ("1Wutc", "2026-04-29T03:04:05", "2026-04-27T00:00:00"),
        ("1W", "2026-04-26T17:00:00", "2026-04-26T16:00:00"),
        ("1M", "2026-04-30T17:00:00", "2026-04-30T16:00:00"),
        ("1Mutc", "2026-04-30T17:00:00", "2026-04-01T00:00:00"),
        ("3Mutc", "2026-06-30T17:00:00", "2026-04-01T00:00:00"),
    ],
)
def test_candles_open_where_the_exchange_opens_them(name: str, time: str, opens: str):
    assert BARS[name].floor_ms(ms(time)) == ms(opens)


def test_a_month_is_as_long_as_in_the_calendar():
    assert BARS["1Mutc"].step_ms(ms("2026-02-01T00:00:00"), 1) == ms("2026-03-01T00:00:00")
    assert BARS["1Mutc"].step_ms(ms("2026-01-01T00:00:00"), -1) == ms("2025-12-01T00:00:00")
    assert BARS["3M"].step_ms(ms("2026-03-31T16:00:00"), 1) == ms("2026-06-30T16:00:00")


@settings(deadline=None)
@given(st.sampled_from(sorted(BARS)), st.integers(0, 4_000_000_000_000))
def test_every_time_lies_in_exactly_one_candle(name: str, time_ms: int):
    bar = BARS[name]
    open_ms = bar.floor_ms(time_ms)
    assert open_ms <= time_ms < bar.step_ms(open_ms, 1)
    assert bar.floor_ms(open_ms) == open_ms
    assert bar.step_ms(bar.step_ms(open_ms, 3), -3) == open_ms


def test_letter_case_distinguishes_minutes_and_months():
    assert BARS["1m"].length_ms == 60_000
    assert BARS["1M"].months == 1
    assert "1h" not in BARS
