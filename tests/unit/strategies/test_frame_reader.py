"""Stored candles are read in consecutive frames, without a loss."""

from datetime import timedelta

import numpy as np
import pytest

from data import CandleFrame, Gaps, Timeframe, TimeSpan, to_datetime64
from strategies.frame_reader import FrameReader
from strategies.window import anchors_of, joined
from tests.builders import BTC, START, a_candle, at
from tests.fakes import InMemoryCandleRepository, InMemoryStore

MINUTE = timedelta(minutes=1)
MINUTES = 9_500
END = START + MINUTES * MINUTE


def stored() -> InMemoryCandleRepository:
    """Return minutes of which two in five have no trade, and a long quiet span; all are known."""
    candles = InMemoryCandleRepository(InMemoryStore())
    rng = np.random.default_rng(3)
    quiet = rng.random(MINUTES) < 0.4
    quiet[2_000:7_000] = True
    quiet[[0, -1]] = False
    price = rng.integers(90, 110, MINUTES)
    candles.save(
        [
            a_candle(60 * minute, ohlc=(str(price[minute]), "110", "90", "100"))
            for minute in np.flatnonzero(~quiet).tolist()
        ]
    )
    candles.add_coverage(BTC, Timeframe.M1, [TimeSpan(START, END)])
    return candles


STORED = stored()


def reader(gaps: Gaps = "flat") -> FrameReader:
    return FrameReader(STORED, BTC, Timeframe.M1, gaps)


def whole(gaps: Gaps) -> CandleFrame:
    return STORED.frame(BTC, Timeframe.M1, START, END, gaps=gaps)


@pytest.mark.parametrize("gaps", ["flat", "skip"])
def test_the_chunks_are_the_whole(gaps: Gaps) -> None:
    chunks = list(reader(gaps).frames(TimeSpan(START, END), 10))
    assert len(chunks) > 1
    for name, column in joined(chunks).columns().items():
        np.testing.assert_array_equal(column, whole(gaps).columns()[name])


@pytest.mark.parametrize("gaps", ["flat", "skip"])
def test_the_warmup_before_the_anchor_comes_first(gaps: Gaps) -> None:
    span = TimeSpan(at(60 * 9_000), END)
    frame = joined(list(reader(gaps).frames(span, 300)))
    anchor = anchors_of(np.array([to_datetime64(span.start)]), Timeframe.M1)[0]
    assert np.count_nonzero(frame.open_time < anchor) >= 300
    rows = whole(gaps).open_time >= frame.open_time[0]
    np.testing.assert_array_equal(frame.close, whole(gaps).close[rows])


def test_at_the_start_of_history_less_is_read() -> None:
    frame = joined(list(reader().frames(TimeSpan(START, at(600)), 5_000)))
    assert frame.open_time[0] == np.datetime64(START.replace(tzinfo=None))
    assert len(frame) == np.count_nonzero(whole("flat").open_time <= frame.open_time[-1])


def test_an_empty_store_has_no_frames() -> None:
    nothing = InMemoryCandleRepository(InMemoryStore())
    frames = FrameReader(nothing, BTC, Timeframe.M1, "flat").frames(TimeSpan(START, END), 10)
    assert list(frames) == []


def test_a_second_timeframe_is_read_to_the_end_of_its_span() -> None:
    """After the last candle come the quiet buckets, then one row for the unknown ones."""
    candles = InMemoryCandleRepository(InMemoryStore())
    candles.save([a_candle(0), a_candle(60)])
    candles.add_coverage(BTC, Timeframe.M1, [TimeSpan(START, at(240))])
    reader = FrameReader(candles, BTC, Timeframe.M1, "flat")
    frame = joined(list(reader.frames_to_end(TimeSpan(START, at(600)), 0)))
    assert frame.flat.tolist() == [False, False, True, True, False]
    assert frame.unknown.tolist() == [False] * 4 + [True]
    assert len(joined(list(reader.frames(TimeSpan(START, at(600)), 0)))) == 2
