"""Equity is marked at candles with trades, never finer than a minute."""

from decimal import Decimal

import numpy as np
import pytest

from bot_manager.domain.ledger import equity_marks
from bot_manager.errors import InvalidParameter
from bot_manager.trading.account import opening_state
from bot_manager.trading.columns import CandleColumns, TapeColumns
from bot_manager.trading.encoding import encode
from bot_manager.trading.fold import fold_candles, fold_trades, mark_end
from bot_manager.trading.units import Scales
from data import Timeframe
from tests.builders import at
from tests.unit.bot_manager.kernel_builders import (
    FREE,
    LONG,
    SWAP,
    on_candles,
    on_tape,
    targets_at,
    us,
)


def test_a_candle_is_marked_when_a_later_print_verifies_it_closed() -> None:
    outcome = on_tape([(0, 100), (30, 110), (59, 120), (60, 90)], [(0, LONG)])
    assert outcome.marks == [(60, Decimal(1200))]


def test_minutes_without_a_trade_are_not_marked() -> None:
    outcome = on_tape([(0, 100), (200, 110), (400, 90)], [(0, LONG)])
    assert outcome.marks == [(60, Decimal(1000)), (240, Decimal(1100))]


def test_the_mark_at_a_close_comes_before_what_is_decided_there() -> None:
    outcome = on_tape([(0, 100), (60, 110)], [(60, LONG)])
    assert outcome.marks == [(60, Decimal(1000))]
    assert outcome.folded.marks["value"].tolist() == [0]


def test_the_final_mark_is_at_the_last_candle() -> None:
    outcome = on_candles([(100, 100, 100, 100), (100, 120, 100, 115)])
    assert outcome.marks == [(60, Decimal(1000)), (120, Decimal(1150))]


def marks_of(timeframe: Timeframe, *seconds: float) -> list[int]:
    """Return seconds after START at which an account with these marks is marked."""
    row = encode(FREE, SWAP, Scales.of(SWAP), timeframe)
    count = len(seconds)
    tape = TapeColumns(
        np.array([us(second) for second in seconds], np.int64),
        np.arange(count, dtype=np.int64),
        np.full(count, 1000, np.int64),
        np.ones(count, np.int64),
    )
    folded = fold_trades(row, opening_state(row, us(0)), tape, targets_at([(0, LONG)]))
    return ((folded.marks["time"] - us(0)) // 1_000_000).tolist()


def test_marks_are_never_finer_than_a_minute() -> None:
    assert marks_of(Timeframe.S1, 0, 1, 2, 61, 62, 130) == [60, 120]


def test_weeks_end_on_monday() -> None:
    day = 86_400
    assert marks_of(Timeframe.W1, 0, 3 * day, 7 * day) == [7 * day]


def test_the_final_mark_is_not_made_early() -> None:
    outcome = on_tape([(0, 100)], [(0, LONG)])
    early = mark_end(outcome.row, outcome.folded.state, us(59))
    assert len(early.marks) == 0
    assert len(mark_end(outcome.row, outcome.folded.state, us(60)).marks) == 1


def test_a_mark_has_the_position_in_it() -> None:
    outcome = on_tape([(0, 100), (60, 110)], [(0, LONG)])
    mark = next(equity_marks(outcome.folded.marks, ["alice"], outcome.scales))
    assert (mark.time, mark.equity, mark.position_value) == (at(60), 1000, 1000)


def test_no_prints_change_nothing() -> None:
    row = encode(FREE, SWAP, Scales.of(SWAP), Timeframe.M1)
    nothing = TapeColumns(*(np.zeros(0, np.int64) for _ in range(4)))
    state = opening_state(row, us(0))
    folded = fold_trades(row, state, nothing, targets_at([(0, LONG)]))
    assert folded.state.tobytes() == state.tobytes()
    assert (len(folded.orders), len(folded.marks)) == (0, 0)


def test_a_fold_leaves_the_state_it_was_given_alone() -> None:
    row = encode(FREE, SWAP, Scales.of(SWAP), Timeframe.M1)
    state = opening_state(row, us(0))
    before = state.tobytes()
    one = np.array([1], np.int64)
    fold_trades(row, state, TapeColumns(one * us(0), one, one * 1000, one), targets_at([(0, LONG)]))
    assert state.tobytes() == before


def test_marks_inside_candles_are_refused() -> None:
    row = encode(FREE, SWAP, Scales.of(SWAP), Timeframe.M1)
    hour = np.zeros(1, np.int64)
    candles = CandleColumns(hour, hour, hour, hour, hour, 3_600_000_000)
    with pytest.raises(InvalidParameter, match="must be at closes of the candles of 3600 s"):
        fold_candles(row, opening_state(row, 0), candles)
