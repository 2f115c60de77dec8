from datetime import datetime
from decimal import Decimal, Inexact

import msgspec
import pytest

from data import CandleSource, Timeframe, merge_candles
from data.errors import InvalidValue
from tests.builders import ETH, a_candle, an_exchange_candle, at


def test_a_candle_ends_where_the_next_one_opens():
    assert a_candle(60, Timeframe.M1).close_time == at(120)
    assert a_candle(0, Timeframe.W1).close_time == at(7 * 86_400)


def test_a_candle_of_one_price_and_no_volume_is_a_candle():
    flat = an_exchange_candle(ohlc=("100", "100", "100", "100"), volume="0")
    assert flat.volume == 0


def test_a_candle_opens_on_the_grid_of_its_timeframe():
    with pytest.raises(
        InvalidValue, match=r"5m candle of okx:BTC-USDT at .*00:01:00.* between two"
    ):
        a_candle(60, Timeframe.M5)


def test_the_opening_must_be_an_aware_utc_time():
    with pytest.raises(InvalidValue, match="open_time must be an aware UTC time"):
        msgspec.structs.replace(a_candle(), open_time=datetime(2025, 1, 6))  # noqa: DTZ001


@pytest.mark.parametrize("name", ["open", "high", "low", "close", "volume"])
@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity"])
def test_prices_and_volume_must_be_finite(name: str, bad: str):
    with pytest.raises(InvalidValue, match="must be finite"):
        msgspec.structs.replace(a_candle(), **{name: Decimal(bad)})


@pytest.mark.parametrize(
    "ohlc",
    [
        ("111", "110", "90", "105"),
        ("89", "110", "90", "105"),
        ("100", "110", "90", "111"),
        ("100", "110", "90", "89"),
        ("100", "90", "110", "100"),
    ],
)
def test_open_and_close_lie_within_low_and_high(ohlc: tuple[str, str, str, str]):
    with pytest.raises(InvalidValue, match="must lie within low"):
        a_candle(ohlc=ohlc)


def test_volume_is_never_negative():
    with pytest.raises(InvalidValue, match="volume must not be negative, was -1"):
        a_candle(volume="-1")


def test_merging_opens_with_the_first_part_closes_with_the_last_and_adds_up():
    merged = merge_candles(
        [
            a_candle(0, ohlc=("100", "110", "95", "105"), volume="0.1", ids=(1, 3)),
            a_candle(120, ohlc=("107", "120", "90", "99"), volume="0.2", ids=(4, 9)),
        ],
        Timeframe.M5,
    )
    expected = a_candle(0, Timeframe.M5, ohlc=("100", "120", "90", "99"), volume="0.3", ids=(1, 9))
    assert merged == expected


def test_merging_parts_from_the_middle_of_a_bucket_gives_the_candle_of_the_bucket():
    merged = merge_candles([a_candle(120), a_candle(180)], Timeframe.M5)
    assert merged.open_time == at(0)


def test_a_merged_candle_is_complete_only_if_every_part_is():
    parts = [a_candle(0), a_candle(60, complete=False)]
    assert not merge_candles(parts, Timeframe.M5).complete
    assert merge_candles(parts[:1], Timeframe.M5).complete


def test_a_merged_candle_is_from_trades_only_if_every_part_is():
    merged = merge_candles([a_candle(0), an_exchange_candle(60, trade_count=5)], Timeframe.M5)
    assert merged.source is CandleSource.EXCHANGE
    assert (merged.trade_count, merged.first_trade_id, merged.last_trade_id) == (None, None, None)


def test_nothing_cannot_be_merged():
    with pytest.raises(InvalidValue, match="cannot merge an empty list of candles"):
        merge_candles([], Timeframe.M5)


def test_parts_of_two_buckets_cannot_be_merged():
    with pytest.raises(
        InvalidValue, match=r"1m candle at .*00:05:00.* is not within the 5m candle"
    ):
        merge_candles([a_candle(240), a_candle(300)], Timeframe.M5)


def test_a_coarse_candle_cannot_be_merged_into_a_finer_one():
    with pytest.raises(InvalidValue, match="is not within the 1m candle"):
        merge_candles([a_candle(0, Timeframe.M5)], Timeframe.M1)


@pytest.mark.parametrize("seconds", [(60, 0), (0, 600, 60)])
def test_parts_are_merged_in_time_order_only(seconds: tuple[int, ...]):
    with pytest.raises(InvalidValue, match="must be in time order"):
        merge_candles([a_candle(second) for second in seconds], Timeframe.M5)


def test_parts_of_two_instruments_cannot_be_merged():
    with pytest.raises(InvalidValue, match="okx:BTC-USDT and okx:ETH-USDT"):
        merge_candles([a_candle(0), a_candle(60, instrument=ETH)], Timeframe.M5)


def test_volumes_add_up_exactly_far_beyond_the_default_precision():
    parts = [a_candle(0, volume="1E+40"), a_candle(60, volume="1E-20")]
    assert merge_candles(parts, Timeframe.M5).volume == Decimal(
        "10000000000000000000000000000000000000000.00000000000000000001"
    )


def test_a_sum_that_cannot_be_exact_fails_instead_of_rounding():
    parts = [a_candle(0, volume="1E+90"), a_candle(60, volume="1E-20")]
    with pytest.raises(Inexact):
        merge_candles(parts, Timeframe.M5)
