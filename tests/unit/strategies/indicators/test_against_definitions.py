"""Every indicator equals its definition, written down plainly, on whatever prices come."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import CandleFrame, Timeframe
from strategies.indicators import (
    Atr,
    Bollinger,
    Donchian,
    Ema,
    Ichimoku,
    Keltner,
    RollingVwap,
    Rsi,
    Sma,
    Supertrend,
    Volatility,
    Vwap,
    Wma,
)
from tests.candle_frames import a_frame, a_frame_of, a_random_frame, with_missing
from tests.unit.strategies.indicators import plain

prices = st.floats(0.01, 1e6, allow_subnormal=False) | st.just(float("nan"))
closes = st.lists(prices, min_size=1, max_size=60)
lengths = st.integers(1, 12)
examples = settings(deadline=None, max_examples=60)  # the first call compiles
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@examples
@given(closes, lengths)
def test_sma(values: list[float], length: int) -> None:
    (column,) = Sma(length=length).compute(a_frame_of(values))
    np.testing.assert_allclose(column, plain.sma(values, length), rtol=1e-12)


@examples
@given(closes, lengths)
def test_wma(values: list[float], length: int) -> None:
    (column,) = Wma(length=length).compute(a_frame_of(values))
    np.testing.assert_allclose(column, plain.wma(values, length), rtol=1e-12)


@examples
@given(closes, lengths)
def test_ema(values: list[float], length: int) -> None:
    (column,) = Ema(length=length).compute(a_frame_of(values))
    of_the_dearest = 1e-12 * max((value for value in values if value == value), default=0.0)
    np.testing.assert_allclose(column, plain.ema(values, length), rtol=1e-12, atol=of_the_dearest)


@examples
@given(closes, st.integers(2, 12))
def test_rsi(values: list[float], length: int) -> None:
    (column,) = Rsi(length=length).compute(a_frame_of(values))
    np.testing.assert_allclose(column, plain.rsi(values, length), **CLOSE)


@examples
@given(closes, lengths)
def test_bollinger(values: list[float], length: int) -> None:
    upper, middle, lower = Bollinger(length=length, width=2.0).compute(a_frame_of(values))
    mean, spread = plain.sma(values, length), plain.deviation(values, length)
    np.testing.assert_allclose(middle, mean, rtol=1e-12)
    np.testing.assert_allclose(upper - lower, 4 * spread, rtol=1e-6, atol=1e-6)


@examples
@given(closes, lengths)
def test_donchian(values: list[float], length: int) -> None:
    frame = a_frame_of(values)
    upper, middle, lower = Donchian(length=length).compute(frame)
    np.testing.assert_array_equal(upper, plain.highest(list(frame.high), length))
    np.testing.assert_array_equal(lower, plain.lowest(list(frame.low), length))
    np.testing.assert_array_equal(middle, (upper + lower) / 2)


def test_deviations_of_dear_prices_are_exact_where_a_sum_of_squares_is_not() -> None:
    frame = a_random_frame(500, 7, price=100_000.0, move=1e-7)
    upper, _, lower = Bollinger(length=20, width=1.0).compute(frame)
    exact = plain.deviation(list(frame.close), 20)
    np.testing.assert_allclose((upper - lower)[19:] / 2, exact[19:], atol=1e-10)


def test_atr_and_keltner(frame: CandleFrame) -> None:
    ranges = plain.atr(frame.high, frame.low, frame.close, 5)
    np.testing.assert_allclose(Atr(length=5).compute(frame)[0], ranges, rtol=1e-12)
    upper, middle, lower = Keltner(length=7, range_length=5, width=1.5).compute(frame)
    average = plain.ema(list(frame.close), 7)
    np.testing.assert_allclose(middle, average, rtol=1e-12)
    np.testing.assert_allclose(upper, average + 1.5 * ranges, rtol=1e-12)
    np.testing.assert_allclose(lower, average - 1.5 * ranges, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9), st.sampled_from([0.5, 1.0, 3.0]))
def test_supertrend(seed: int, length: int, multiplier: float) -> None:
    frame = with_missing(a_random_frame(300, seed), [seed % 300, 200])
    line, trend = Supertrend(length=length, multiplier=multiplier).compute(frame)
    columns = frame.high, frame.low, frame.close
    expected_line, expected_trend = plain.supertrend(*columns, length, multiplier)
    np.testing.assert_array_equal(trend, expected_trend)
    np.testing.assert_allclose(line, expected_line, rtol=1e-12)


def test_ichimoku_shows_the_cloud_under_the_candle(frame: CandleFrame) -> None:
    values = Ichimoku(turning=3, standard=5, leading=8, displacement=4).values(frame)

    def middle(length: int) -> plain.Column:
        high, low = list(frame.high), list(frame.low)
        return (plain.highest(high, length) + plain.lowest(low, length)) / 2

    np.testing.assert_array_equal(values["tenkan"], middle(3))
    np.testing.assert_array_equal(values["kijun"], middle(5))
    np.testing.assert_array_equal(values["span_a"][3:], ((middle(3) + middle(5)) / 2)[:-3])
    np.testing.assert_array_equal(values["span_b"][3:], middle(8)[:-3])
    assert np.isnan(values["span_a"][:3]).all()
    np.testing.assert_array_equal(values["chikou"], frame.close)


def test_volatility_is_the_yearly_deviation_of_log_returns(frame: CandleFrame) -> None:
    (column,) = Volatility(length=6).compute(frame)
    returns = [float("nan"), *np.diff(np.log(frame.close))]
    expected = 100 * plain.deviation(returns, 6, less=1) * np.sqrt(365 * 1440)
    np.testing.assert_allclose(column, expected, rtol=1e-9)


def test_a_rolling_vwap_weighs_prices_by_volume_and_is_nan_without_any() -> None:
    flat = np.array([10.0, 20.0, 30.0, 30.0, 30.0])
    frame = a_frame([flat, flat, flat, flat, np.array([1.0, 3.0, 0.0, 0.0, 2.0])])
    (column,) = RollingVwap(length=2).compute(frame)
    np.testing.assert_allclose(column, [np.nan, 17.5, 20.0, np.nan, 30.0])


def test_a_vwap_begins_anew_with_each_utc_day() -> None:
    start = np.datetime64("2025-01-06T22:00:00", "us")
    price = np.array([1.0, 2.0, 10.0, 20.0, 30.0])
    columns = [price, price, price, price, np.array([1.0, 1.0, 0.0, 1.0, 3.0])]
    (column,) = Vwap().compute(a_frame(columns, Timeframe.H1, start))
    np.testing.assert_allclose(column, [np.nan, np.nan, np.nan, 20.0, 27.5])


def test_a_vwap_is_defined_on_a_day_that_begins_with_the_frame() -> None:
    price = np.array([10.0, 20.0])
    frame = a_frame([price, price, price, price, np.array([1.0, 1.0])], Timeframe.H1)
    np.testing.assert_allclose(Vwap().compute(frame)[0], [10.0, 15.0])


@pytest.fixture
def frame() -> CandleFrame:
    return a_random_frame(120, 5)
