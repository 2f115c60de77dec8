from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from data import CandleFrame, Timeframe, TimeSpan, fill_flat, from_datetime64, to_datetime64
from data.errors import InvalidValue
from tests.builders import BTC, a_candle, an_exchange_candle, at

M1 = Timeframe.M1


def a_frame(*seconds: float) -> CandleFrame:
    return CandleFrame.from_candles(BTC, M1, [a_candle(second) for second in seconds])


def opened(frame: CandleFrame) -> list[float]:
    return [(from_datetime64(time) - at(0)).total_seconds() for time in frame.open_time]


def test_times_become_datetime64_in_utc_and_come_back():
    in_paris = datetime(2025, 1, 6, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=1)))
    assert to_datetime64(in_paris) == np.datetime64("2025-01-06T00:02:03.456789")
    assert from_datetime64(to_datetime64(in_paris)) == in_paris
    assert from_datetime64(np.datetime64("2025-01-06", "D")) == datetime(2025, 1, 6, tzinfo=UTC)


def test_candles_become_columns():
    frame = CandleFrame.from_candles(
        BTC, M1, [a_candle(0), an_exchange_candle(60, ohlc=("1", "4", "0.5", "2"), volume="7")]
    )
    assert len(frame) == 2
    assert opened(frame) == [0, 60]
    assert (frame.open[1], frame.high[1], frame.low[1], frame.close[1]) == (1, 4, 0.5, 2)
    assert frame.volume.tolist() == [3, 7]
    assert not frame.flat.any()


def test_a_count_that_the_exchange_does_not_tell_is_minus_one():
    frame = CandleFrame.from_candles(BTC, M1, [a_candle(0), an_exchange_candle(60)])
    assert frame.trade_count.tolist() == [3, -1]


def test_a_frame_without_candles_is_a_frame():
    frame = a_frame()
    assert len(frame) == 0
    assert fill_flat(frame, [TimeSpan(at(0), at(600))]) is frame


def test_columns_must_be_equally_long():
    columns = a_frame(0, 60).columns()
    columns["volume"] = columns["volume"][:1]
    with pytest.raises(InvalidValue, match="okx:BTC-USDT 1m: columns differ in length"):
        CandleFrame(instrument=BTC, timeframe=M1, **columns)


@pytest.mark.parametrize("seconds", [(60, 0), (0, 0)])
def test_open_time_must_rise(seconds: tuple[float, float]):
    with pytest.raises(InvalidValue, match="open_time must rise"):
        a_frame(*seconds)


def test_taking_rows_keeps_their_order():
    frame = a_frame(0, 60, 120, 180)
    assert opened(frame.take(slice(1, 3))) == [60, 120]
    assert opened(frame.take(np.array([True, False, False, True]))) == [0, 180]


def test_pandas_sees_an_index_in_utc():
    table = a_frame(0, 60).to_pandas()
    assert table.index.name == "open_time"
    assert table.index[1] == pd.Timestamp(at(60))
    assert list(table.columns) == [
        "open", "high", "low", "close", "volume", "trade_count", "complete", "flat",
    ]  # fmt: skip


def test_a_known_bucket_without_a_trade_is_flat_at_the_previous_close():
    filled = fill_flat(a_frame(0, 120), [TimeSpan(at(0), at(180))])
    assert opened(filled) == [0, 60, 120]
    assert filled.flat.tolist() == [False, True, False]
    row = filled.take(slice(1, 2))
    prices = [row.open[0], row.high[0], row.low[0], row.close[0]]
    assert prices == [105.0] * 4
    assert (row.volume[0], row.trade_count[0], bool(row.complete[0])) == (0, 0, True)


def test_an_unknown_bucket_stays_absent():
    frame = a_frame(0, 120, 240)
    assert opened(fill_flat(frame, [])) == [0, 120, 240]
    assert opened(fill_flat(frame, [TimeSpan(at(180), at(240))])) == [0, 120, 180, 240]


def test_a_bucket_known_only_in_part_is_unknown():
    frame = a_frame(0, 120)
    assert opened(fill_flat(frame, [TimeSpan(at(61), at(300))])) == [0, 120]
    assert opened(fill_flat(frame, [TimeSpan(at(0), at(119))])) == [0, 120]


def test_nothing_is_added_before_the_first_candle_nor_after_the_last():
    filled = fill_flat(a_frame(120, 240), [TimeSpan(at(0), at(3600))])
    assert opened(filled) == [120, 180, 240]


def test_filling_twice_is_filling_once():
    known = [TimeSpan(at(0), at(600))]
    once = fill_flat(a_frame(0, 240), known)
    twice = fill_flat(once, known)
    for name, column in once.columns().items():
        assert np.array_equal(column, twice.columns()[name]), name
