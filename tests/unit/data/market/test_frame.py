from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from data import CandleFrame, Timeframe, TimeSpan, fill_gaps, from_datetime64, to_datetime64
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


def test_a_count_that_the_exchange_does_not_report_is_minus_one():
    frame = CandleFrame.from_candles(BTC, M1, [a_candle(0), an_exchange_candle(60)])
    assert frame.trade_count.tolist() == [3, -1]


def test_a_frame_without_candles_is_a_frame():
    frame = a_frame()
    assert len(frame) == 0
    assert fill_gaps(frame, [TimeSpan(at(0), at(600))], "flat") is frame


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
    filled = fill_gaps(a_frame(0, 120), [TimeSpan(at(0), at(180))], "flat")
    assert opened(filled) == [0, 60, 120]
    assert filled.flat.tolist() == [False, True, False]
    row = filled.take(slice(1, 2))
    prices = [row.open[0], row.high[0], row.low[0], row.close[0]]
    assert prices == [105.0] * 4
    assert (row.volume[0], row.trade_count[0], bool(row.complete[0])) == (0, 0, True)


def unknown_at(frame: CandleFrame) -> list[float]:
    return opened(frame.take(frame.unknown))


def test_an_unknown_span_is_one_row_at_its_first_bucket():
    frame = fill_gaps(a_frame(0, 120, 600), [], "flat")
    assert opened(frame) == [0, 60, 120, 180, 600]
    assert unknown_at(frame) == [60, 180]
    row = frame.take(slice(1, 2))
    prices = [row.open[0], row.high[0], row.low[0], row.close[0], row.volume[0]]
    assert np.isnan(prices).all()
    assert (row.trade_count[0], bool(row.complete[0]), bool(row.flat[0])) == (-1, False, False)
    assert frame.traded.tolist() == [True, False, True, False, True]
    assert opened(frame.known_rows()) == [0, 120, 600]


def test_a_quiet_behind_an_unknown_bucket_has_no_price():
    frame = fill_gaps(
        a_frame(0, 300), [TimeSpan(at(60), at(120)), TimeSpan(at(180), at(300))], "flat"
    )
    assert opened(frame) == [0, 60, 120, 300]
    assert (frame.flat.tolist(), unknown_at(frame)) == ([False, True, False, False], [120])


def test_a_bucket_known_only_in_part_is_unknown():
    frame = a_frame(0, 120)
    for span in (TimeSpan(at(61), at(300)), TimeSpan(at(0), at(119))):
        assert unknown_at(fill_gaps(frame, [span], "flat")) == [60]


def test_known_spans_that_touch_are_one():
    spans = [TimeSpan(at(90), at(180)), TimeSpan(at(0), at(90))]
    assert fill_gaps(a_frame(0, 180), spans, "flat").flat.tolist() == [False, True, True, False]


def test_left_out_quiet_differs_from_unknown():
    frame = a_frame(0, 120, 240)
    skipped = fill_gaps(frame, [TimeSpan(at(0), at(200))], "skip")
    assert (opened(skipped), unknown_at(skipped)) == ([0, 120, 180, 240], [180])


def test_behind_the_last_row_buckets_are_filled_up_to_an_end():
    known = [TimeSpan(at(0), at(200))]
    assert opened(fill_gaps(a_frame(0), known, "flat", at(185))) == [0, 60, 120]
    later = fill_gaps(a_frame(0), known, "flat", at(600))
    assert (opened(later), unknown_at(later)) == ([0, 60, 120, 180], [180])
    assert opened(fill_gaps(a_frame(0), known, "flat", at(119))) == [0]


def test_nothing_is_added_before_the_first_candle_nor_after_the_last():
    filled = fill_gaps(a_frame(120, 240), [TimeSpan(at(0), at(3600))], "flat")
    assert opened(filled) == [120, 180, 240]


def test_filling_twice_is_filling_once():
    known = [TimeSpan(at(0), at(600))]
    once = fill_gaps(a_frame(0, 240), known, "flat")
    twice = fill_gaps(once, known, "flat")
    for name, column in once.columns().items():
        assert np.array_equal(column, twice.columns()[name]), name
