"""An ambiguous candle can be replaced by finer prints."""

import numpy as np

from bot_manager.trading.account import opening_state
from bot_manager.trading.columns import CandleColumns, TapeColumns
from bot_manager.trading.encoding import encode
from bot_manager.trading.fold import fold_candles, fold_trades
from bot_manager.trading.units import Scales
from data import Timeframe
from tests.unit.bot_manager.kernel_builders import LONG, SWAP, candles, given, targets_at, us

SCALES = Scales.of(SWAP)
ROW = encode(given(stop="0.05", take_profit="0.05"), SWAP, SCALES, Timeframe.M1)
TARGETS = targets_at([(0, LONG)])
CALM, WILD = (100, 101, 99, 100), (100, 106, 94, 100)
RUN = candles([CALM, CALM, WILD, CALM], SCALES)


def test_a_drilling_fold_stops_right_before_an_ambiguous_candle() -> None:
    folded = fold_candles(ROW, opening_state(ROW, us(0)), RUN, TARGETS, drill_from=0)
    assert folded.stopped_at == 2
    assert folded.state["size"][0] == 1000
    assert folded.state["ambiguous"][0] == 0
    assert folded.state["time"][0] == us(120) - 1
    assert len(folded.orders) == 1


def test_finer_prints_in_its_place_decide_and_the_fold_goes_on() -> None:
    stopped = fold_candles(ROW, opening_state(ROW, us(0)), RUN, TARGETS, drill_from=0)
    finer = TapeColumns(
        np.array([us(120 + second) for second in (0, 10, 20, 30)], np.int64),
        np.arange(4, dtype=np.int64),
        np.array([1000, 1060, 940, 1000], np.int64),
        np.ones(4, np.int64),
    )
    drilled = fold_trades(ROW, stopped.state, finer, TARGETS)
    rest = fold_candles(ROW, drilled.state, RUN, TARGETS, drill_from=0)
    assert rest.stopped_at is None
    orders = np.concatenate([stopped.orders, drilled.orders, rest.orders])
    assert orders["price"].tolist() == [1000, 1050]
    assert rest.state["ambiguous"][0] == 0


def test_candles_of_a_finer_timeframe_do_as_well() -> None:
    stopped = fold_candles(ROW, opening_state(ROW, us(0)), RUN, TARGETS, drill_from=0)
    halves = [(us(120), 1000, 1005, 940, 950), (us(150), 950, 1060, 940, 1000)]
    finer = CandleColumns(*np.array(halves, np.int64).T.copy(), 30_000_000)
    drilled = fold_candles(ROW, stopped.state, finer, TARGETS)
    assert drilled.orders["price"].tolist() == [950]


def test_without_finer_prints_the_fold_goes_on_behind_it_as_ever() -> None:
    state = opening_state(ROW, us(0))
    stopped = fold_candles(ROW, state, RUN, TARGETS, drill_from=0)
    rest = fold_candles(ROW, stopped.state, RUN, TARGETS, drill_from=stopped.stopped_at + 1)  # type: ignore[operator]
    whole = fold_candles(ROW, state, RUN, TARGETS)
    assert rest.state.tobytes() == whole.state.tobytes()
    assert np.concatenate([stopped.orders, rest.orders]).tobytes() == whole.orders.tobytes()
    assert np.concatenate([stopped.marks, rest.marks]).tobytes() == whole.marks.tobytes()
