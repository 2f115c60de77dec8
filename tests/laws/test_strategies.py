"""Law 3, no look-ahead, and the basis of law 4: live and backtest decisions are bit-identical."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import Timeframe
from strategies import Strategy
from strategies.batch import evaluate_frames
from strategies.evaluation import decide_rows, evaluate, frame_of
from strategies.library import (
    BUILT_IN,
    BollingerReversion,
    DonchianBreakout,
    EmaCrossover,
    MacdCross,
    RsiReversion,
    SupertrendFollower,
)
from strategies.second_timeframe import second_values
from strategies.verification.future_mutation import FutureScenario, mutate_future
from strategies.verification.synthetic_market import aggregate_frame, synthetic_candles
from strategies.window import ANCHOR_CANDLES, build_window, close_times_of, windows_of
from tests.unit.strategies.sample_strategies import WithTrend

FRAME = synthetic_candles(3 * ANCHOR_CANDLES, Timeframe.M1, 5)

built_ins = st.one_of(
    st.builds(EmaCrossover, fast=st.integers(1, 50), slow=st.integers(51, 200)),
    st.builds(
        MacdCross, fast=st.integers(1, 20), slow=st.integers(21, 60), signal=st.integers(1, 30)
    ),
    st.builds(RsiReversion, length=st.integers(2, 60), oversold=st.floats(5, 45)),
    st.builds(BollingerReversion, length=st.integers(2, 300), width=st.floats(0.1, 5)),
    st.builds(DonchianBreakout, length=st.integers(2, 300)),
    st.builds(SupertrendFollower, length=st.integers(2, 50), multiplier=st.floats(0.5, 8)),
)


@given(
    built_ins,
    st.integers(0, 2),
    st.floats(0, 1),
    st.sampled_from(FutureScenario),
    st.integers(0, 99),
)
@settings(max_examples=150, deadline=None)
def test_no_decision_changes_with_its_future(
    strategy: Strategy, number: int, place: float, future: FutureScenario, seed: int
) -> None:
    window = list(windows_of([FRAME], strategy.warmup(FRAME.timeframe)))[number]
    row = window.missing + int(place * (window.stop - 1 - window.missing))
    other = replace(window, candles=mutate_future(window.candles, row + 1, future, seed))
    known = decide_rows(strategy, frame_of(strategy, window, None))
    again = decide_rows(strategy, frame_of(strategy, other, None))
    np.testing.assert_array_equal(again[: row + 1], known[: row + 1])


@pytest.mark.parametrize("kind", BUILT_IN)
def test_live_decides_every_candle_as_the_backtest(kind: type[Strategy]) -> None:
    strategy = kind()
    for window in windows_of([FRAME], strategy.warmup(FRAME.timeframe)):
        batch = evaluate(strategy, window)
        for row in {*range(window.first, window.stop, 61), window.stop - 1}:
            known = window.candles.take(slice(window.missing, row + 1))
            live = build_window(known, window.anchor, window.first)
            assert live.digest(row) == window.digest(row)
            assert evaluate(strategy, live)[-1] == batch[row - window.first]


@given(built_ins, st.integers(1, ANCHOR_CANDLES - 1))
@settings(max_examples=40, deadline=None)
def test_no_decision_depends_on_where_its_window_begins(strategy: Strategy, phase: int) -> None:
    plain, moved = (
        np.concatenate([part.directions for part in evaluate_frames(strategy, [FRAME], phase=by)])
        for by in (0, phase)
    )
    np.testing.assert_array_equal(plain, moved)


@given(st.sampled_from([Timeframe.M3, Timeframe.M15, Timeframe.H1]), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_live_sees_the_second_timeframe_as_the_backtest(trend: Timeframe, pick: int) -> None:
    strategy = WithTrend(trend=trend)
    coarse = aggregate_frame(FRAME, trend)
    batch = np.concatenate(
        [part.directions for part in evaluate_frames(strategy, [FRAME], [coarse])]
    )
    row = pick % len(FRAME)
    live_frame = FRAME.take(slice(0, row + 1))
    closed = close_times_of(coarse) <= close_times_of(live_frame)[-1]
    parts = list(evaluate_frames(strategy, [live_frame], [coarse.take(closed)]))
    assert parts[-1].directions[-1] == batch[row]
    times = close_times_of(live_frame)[-1:]
    alone = second_values(strategy.second(), coarse.take(closed), times).at(times)
    whole = second_values(strategy.second(), coarse, times).at(times)
    np.testing.assert_array_equal(alone["average"], whole["average"])


def test_the_bits_of_indicators_do_not_depend_on_later_candles() -> None:
    strategy = MacdCross()
    (first, *_) = windows_of([FRAME], strategy.warmup(FRAME.timeframe))
    full = frame_of(strategy, first, None)
    for row in range(first.first, first.stop, 97):
        known = first.candles.take(slice(first.missing, row + 1))
        live = frame_of(strategy, build_window(known, first.anchor, first.first), None)
        for name, column in full.columns.items():
            assert column[: row + 1].tobytes() == live[name][: row + 1].tobytes()
