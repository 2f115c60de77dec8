"""Windows: always of the same length, cut at anchors, whatever frames they are cut from."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import CandleFrame, Timeframe, to_datetime64
from strategies.errors import StrategyError
from strategies.window import ANCHOR_CANDLES, anchors_of, build_window, joined, windows_of
from tests.builders import START
from tests.candle_frames import a_random_frame

FRAME = a_random_frame(9_000, 4)
ANCHOR = anchors_of(FRAME.open_time[4_000:4_001], Timeframe.M1)[0]


def of_first_anchor(rows: int) -> CandleFrame:
    start = int(np.searchsorted(FRAME.open_time, ANCHOR))
    return FRAME.take(slice(start - 50, start + rows))


@pytest.mark.parametrize("timeframe", Timeframe)
def test_anchors_lie_so_many_candles_apart_since_the_epoch(timeframe: Timeframe) -> None:
    opening = to_datetime64(timeframe.floor(START))
    anchor = anchors_of(np.array([opening]), timeframe)[0]
    candle = np.timedelta64(timeframe.seconds, "s")
    since_epoch = anchor - to_datetime64(timeframe.origin)
    assert since_epoch % (ANCHOR_CANDLES * candle) == np.timedelta64(0, "us")
    assert anchor <= opening < anchor + ANCHOR_CANDLES * candle


def test_a_phase_moves_the_anchors() -> None:
    moved = anchors_of(FRAME.open_time, Timeframe.M1, 100)
    plain = anchors_of(FRAME.open_time - 100 * np.timedelta64(60, "s"), Timeframe.M1)
    assert (moved == plain + 100 * np.timedelta64(60, "s")).all()


@given(st.integers(1, ANCHOR_CANDLES), st.integers(0, 80))
@settings(max_examples=40)
def test_a_window_has_always_the_same_length(rows: int, warmup: int) -> None:
    window = build_window(of_first_anchor(rows), ANCHOR, warmup)
    candles = window.candles
    assert len(candles) == warmup + ANCHOR_CANDLES
    assert window.stop - window.first == rows
    assert window.missing == max(warmup - 50, 0)
    assert np.isnan(candles.close[: window.missing]).all()
    available = slice(window.missing, window.stop)
    source = of_first_anchor(rows)
    np.testing.assert_array_equal(
        candles.close[available], source.close[-len(candles.close[available]) :]
    )
    assert (candles.close[window.stop :] == candles.close[window.stop - 1]).all()
    assert (candles.open_time[1:] > candles.open_time[:-1]).all()


def test_a_window_requires_candles_and_none_of_the_next_anchor() -> None:
    with pytest.raises(StrategyError, match="0 candles"):
        build_window(of_first_anchor(0), ANCHOR, 10)
    with pytest.raises(StrategyError, match=r"4097 candles.*1 to 4096"):
        build_window(of_first_anchor(ANCHOR_CANDLES + 1), ANCHOR, 10)


def test_the_digest_names_what_a_decision_saw() -> None:
    short, long = (build_window(of_first_anchor(rows), ANCHOR, 20) for rows in (500, 900))
    row = short.first + 400
    assert short.digest(row) == long.digest(row)
    assert short.digest(row) != short.digest(row + 1)
    changed = of_first_anchor(900)
    changed.volume.flags.writeable = True
    volume = changed.volume.copy()
    volume[60] += 1e-9
    columns = {**changed.columns(), "volume": volume}
    other = CandleFrame(instrument=changed.instrument, timeframe=changed.timeframe, **columns)
    assert build_window(other, ANCHOR, 20).digest(row) != long.digest(row)


@given(st.lists(st.integers(0, 9_000), max_size=12))
@settings(max_examples=25, deadline=None)
def test_windows_are_the_same_however_history_is_cut(cuts: list[int]) -> None:
    bounds = sorted({0, 9_000, *cuts})
    chunks = [FRAME.take(slice(start, stop)) for start, stop in pairwise(bounds)]
    empty = FRAME.take(slice(0, 0))
    whole, cut = list(windows_of([FRAME], 30)), list(windows_of([empty, *chunks], 30))
    assert len(whole) == len(cut) == 3
    for one, other in zip(whole, cut, strict=True):
        assert (one.missing, one.first, one.stop) == (other.missing, other.first, other.stop)
        for name, column in one.candles.columns().items():
            np.testing.assert_array_equal(column, other.candles.columns()[name])
    opened = np.concatenate([window.open_times() for window in whole])
    np.testing.assert_array_equal(opened, FRAME.open_time)


def test_a_warmup_longer_than_a_window_reaches_back_over_several() -> None:
    frame = a_random_frame(13_000, 5)
    last = list(windows_of([frame], 6_000))[-1]
    assert last.missing == 0
    np.testing.assert_array_equal(
        last.candles.close[: last.stop], frame.close[len(frame) - last.stop :]
    )


def test_no_history_makes_no_windows() -> None:
    assert list(windows_of([], 10)) == []
    assert list(windows_of([FRAME.take(slice(0, 0))], 10)) == []


def test_frames_join_as_they_were() -> None:
    again = joined([FRAME.take(slice(0, 10)), FRAME.take(slice(10, 30))])
    np.testing.assert_array_equal(again.close, FRAME.close[:30])
