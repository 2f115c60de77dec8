"""Decisions of windows: which rows count, and which results are invalid."""

from collections.abc import Iterator

import numpy as np
import pytest

from data import CandleFrame, Timeframe, fill_gaps
from strategies import Direction, Strategy
from strategies.batch import SecondReader, evaluate_frames
from strategies.errors import StrategyError
from strategies.evaluation import check_timeframes, evaluate
from strategies.indicators import Sma
from strategies.library import DonchianBreakout, EmaCrossover
from strategies.second_timeframe import second_values
from strategies.signals import targets_of
from strategies.verification.synthetic_market import aggregate_frame
from strategies.window import close_times_of, windows_of
from strategies.window_cache import WindowCache
from tests.candle_frames import BTC, a_random_frame
from tests.unit.strategies.sample_strategies import Answers, Rising, WithTrend
from utils.errors import ConfigError

FRAME = a_random_frame(12_000, 9)


def decided(strategy: Strategy, *frames: CandleFrame) -> np.ndarray:
    return np.concatenate([part.directions for part in evaluate_frames(strategy, frames)])


def with_flat(frame: CandleFrame, rows: slice) -> CandleFrame:
    flat = frame.flat.copy()
    flat[rows] = True
    columns = {**frame.columns(), "flat": flat}
    return CandleFrame(instrument=frame.instrument, timeframe=frame.timeframe, **columns)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("floats", "values of Direction"),
        ("sevens", "values of Direction"),
        ("too few", "array of 4096, was .4095"),
        ("a list", "array of 4096, was list"),
    ],
)
def test_what_is_no_answer_is_refused(kind: str, problem: str) -> None:
    with pytest.raises(StrategyError, match=f"Answers: .*{problem}"):
        decided(Answers(kind=kind), FRAME)


def test_any_integers_will_do() -> None:
    assert set(decided(Answers(kind="integers"), FRAME)) == {Direction.LONG}


def test_rows_without_enough_history_hold() -> None:
    directions = decided(EmaCrossover(), FRAME)
    warmup = EmaCrossover().warmup(Timeframe.M1)
    assert set(directions[:warmup]) == {Direction.HOLD}
    assert Direction.HOLD not in directions[warmup:]


def test_rows_without_a_trade_hold() -> None:
    directions = decided(Rising(), with_flat(FRAME, slice(5_000, 5_010)))
    assert np.flatnonzero(directions == Direction.HOLD).tolist() == list(range(5_000, 5_010))


UNKNOWN = slice(5_000, 5_010)


def with_unknown(frame: CandleFrame, rows: slice) -> CandleFrame:
    """Return a frame of which some rows are unknown: one row stands for them."""
    left = np.ones(len(frame), np.bool_)
    left[rows] = False
    return fill_gaps(frame.take(left), [], "flat")


@pytest.mark.parametrize("strategy", [EmaCrossover(), DonchianBreakout(length=50)])
def test_an_unknown_span_starts_everything_anew(strategy: Strategy) -> None:
    """After it each row is decided as in a history that begins there, bit for bit."""
    directions = decided(strategy, with_unknown(FRAME, UNKNOWN))
    begins, warmup = UNKNOWN.start + 1, strategy.warmup(Timeframe.M1)
    np.testing.assert_array_equal(
        directions[: UNKNOWN.start], decided(strategy, FRAME)[: UNKNOWN.start]
    )
    assert set(directions[UNKNOWN.start : begins + warmup]) == {Direction.HOLD}
    separate = decided(strategy, FRAME.take(slice(UNKNOWN.stop, None)))
    np.testing.assert_array_equal(directions[begins:], separate)


def test_one_pass_over_all_windows_includes_unknown_spans() -> None:
    frame, strategy = with_unknown(FRAME, UNKNOWN), EmaCrossover()
    windows = list(windows_of([frame], strategy.warmup(Timeframe.M1)))
    np.testing.assert_array_equal(
        WindowCache(windows).directions(strategy), decided(strategy, frame)
    )


def test_an_average_does_not_reach_across_an_unknown_span() -> None:
    frame = with_unknown(FRAME, UNKNOWN)
    (average,) = Sma(length=3).compute(frame)
    behind = slice(UNKNOWN.start, UNKNOWN.start + 4)
    expected = FRAME.close[UNKNOWN.stop : UNKNOWN.stop + 3].mean()
    np.testing.assert_allclose(average[behind], [np.nan, np.nan, np.nan, expected])


def test_an_unknown_candle_of_the_second_timeframe_is_seen_as_unknown() -> None:
    fold = aggregate_frame(FRAME, Timeframe.M5)
    second = with_unknown(fold, slice(100, 102))
    times = close_times_of(FRAME.take(slice(0, 7_000)))
    declared = WithTrend(trend=Timeframe.M5).second()
    seen = second_values(declared, second, times)
    frame = seen.at(times)
    gone = (times >= close_times_of(fold)[100]) & (times < close_times_of(fold)[102])
    assert np.isnan(frame.close[gone]).all()
    assert not np.isnan(frame.close[times >= close_times_of(fold)[102]]).any()
    warm = close_times_of(fold)[102 + declared.warmup]
    assert not seen.counts_at(times)[(times >= close_times_of(fold)[100]) & (times < warm)].any()
    assert seen.counts_at(times)[times >= warm].all()


def test_a_target_is_carried_from_window_to_window() -> None:
    parts = list(evaluate_frames(DonchianBreakout(length=500), [FRAME], before=Direction.SHORT))
    directions = np.concatenate([part.directions for part in parts])
    targets = np.concatenate([part.targets for part in parts])
    assert len(parts) == 4
    assert targets[0] == Direction.SHORT
    np.testing.assert_array_equal(targets, targets_of(directions, Direction.SHORT))


def test_history_is_read_no_farther_than_it_is_decided() -> None:
    read: list[int] = []

    def frames() -> Iterator[CandleFrame]:
        for start in range(0, 12_000, 100):
            read.append(start)
            yield FRAME.take(slice(start, start + 100))

    first = next(evaluate_frames(Rising(), frames()))
    assert read[-1] - len(first.directions) < 200


def test_no_frames_no_decisions() -> None:
    assert list(evaluate_frames(Rising(), [])) == []


def test_the_second_timeframe_is_seen_only_once_it_has_closed() -> None:
    hours = aggregate_frame(FRAME, Timeframe.H1)
    declared = WithTrend().second()
    times = close_times_of(FRAME)
    seen = second_values(declared, hours, times).at(times)
    for row in (0, 58, 59, 60, 119, 7_777):
        closed = hours.close[close_times_of(hours) <= times[row]]
        expected = closed[-1] if len(closed) else np.nan
        np.testing.assert_equal(seen.close[row], expected)
    assert np.isnat(seen.open_time[:59]).all()


def test_the_second_timeframe_must_be_warm_too() -> None:
    hours = aggregate_frame(FRAME, Timeframe.H1)
    (directions,) = [
        np.concatenate([part.directions for part in evaluate_frames(WithTrend(), [FRAME], [hours])])
    ]
    warm = WithTrend().second().warmup
    assert set(directions[: warm * 60 + 58]) == {Direction.HOLD}
    assert Direction.LONG in directions[(warm + 1) * 60 :]


def test_without_candles_of_the_second_timeframe_all_hold() -> None:
    parts = evaluate_frames(WithTrend(), [FRAME], [])
    assert {int(value) for part in parts for value in part.directions} == {Direction.HOLD}


def test_the_second_timeframe_may_come_in_chunks_and_is_released() -> None:
    quarter = aggregate_frame(FRAME, Timeframe.M3)
    chunks = [quarter.take(slice(start, start + 7)) for start in range(0, len(quarter), 7)]
    strategy = WithTrend(trend=Timeframe.M3)
    whole = [part.directions for part in evaluate_frames(strategy, [FRAME], [quarter])]
    cut = [part.directions for part in evaluate_frames(strategy, [FRAME], chunks)]
    np.testing.assert_array_equal(np.concatenate(whole), np.concatenate(cut))


def test_a_reader_keeps_what_its_next_call_may_read() -> None:
    hours = aggregate_frame(FRAME, Timeframe.M3)
    declared = WithTrend(trend=Timeframe.M3).second()
    reader = SecondReader(declared, BTC, [hours])
    times = close_times_of(FRAME)
    for start in (0, 3_000, 3_001, 11_000):
        some = times[start : start + 500]
        fresh = second_values(declared, hours, some)
        again = second_values(declared, reader.candles(some), some)
        np.testing.assert_array_equal(again.at(some)["average"], fresh.at(some)["average"])
        np.testing.assert_array_equal(again.counts_at(some), fresh.counts_at(some))


def test_a_second_timeframe_must_be_made_of_whole_candles() -> None:
    for timeframe in (Timeframe.H1, Timeframe.H2):
        with pytest.raises(ConfigError, match="must be coarser"):
            check_timeframes(WithTrend(), timeframe)
    check_timeframes(WithTrend(), Timeframe.M15)
    check_timeframes(Rising(), Timeframe.H1)


def test_one_window_is_decided_by_itself() -> None:
    windows = list(windows_of([FRAME], 0))
    alone = [evaluate(Rising(), window) for window in windows]
    np.testing.assert_array_equal(np.concatenate(alone), decided(Rising(), FRAME))
