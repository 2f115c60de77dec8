"""Trades, frames and directions as the columns that the kernel reads."""

import numpy as np
import pytest

from bot_manager.errors import DoesNotFit
from bot_manager.trading.columns import CandleColumns, TapeColumns, target_rows
from bot_manager.trading.units import Scales
from data import CandleFrame, Timeframe, TimeSpan, fill_gaps
from strategies.signals import Direction
from tests.builders import BTC, a_candle, a_trade, an_instrument, at
from tests.unit.bot_manager.kernel_builders import us

SCALES = Scales.of(an_instrument())


def test_trades_become_columns_in_order() -> None:
    trades = [a_trade(5, price="100.1", size="0.5", at_s=1), a_trade(6, price="99.9", at_s=1.5)]
    tape = TapeColumns.of(trades, SCALES)
    assert len(tape) == 2
    assert tape.time.tolist() == [us(1), us(1.5)]
    assert tape.trade_id.tolist() == [5, 6]
    assert tape.price.tolist() == [1001, 999]
    assert tape.size.tolist() == [50_000_000, 100_000_000]


def test_a_trade_that_does_not_fit_is_refused() -> None:
    with pytest.raises(DoesNotFit, match="price"):
        TapeColumns.of([a_trade(price="100.05")], SCALES)
    with pytest.raises(DoesNotFit, match="size"):
        TapeColumns.of([a_trade(size="0.000000001")], SCALES)


def test_flat_candles_make_no_prints() -> None:
    frame = CandleFrame.from_candles(
        BTC, Timeframe.M1, [a_candle(0), a_candle(180, ohlc=("1", "2", "0.5", "1.5"))]
    )
    filled = fill_gaps(frame, [TimeSpan(at(0), at(240))], "flat")
    assert len(filled) == 4
    candles = CandleColumns.of(filled, SCALES)
    assert len(candles) == 2
    assert candles.open_time.tolist() == [us(0), us(180)]
    assert (candles.open.tolist(), candles.high.tolist()) == ([1000, 10], [1100, 20])
    assert (candles.low.tolist(), candles.close.tolist()) == ([900, 5], [1050, 15])
    assert candles.duration_us == 60_000_000


def test_a_candle_that_does_not_fit_is_refused() -> None:
    frame = CandleFrame.from_candles(BTC, Timeframe.M1, [a_candle(ohlc=("1", "1.25", "1", "1"))])
    with pytest.raises(DoesNotFit, match="high"):
        CandleColumns.of(frame, SCALES)


def test_only_changes_of_target_remain() -> None:
    directions = np.array([2, 1, 1, 2, 0, 2, 0, -1, 1], np.int8)
    rows = target_rows(np.arange(9), directions)
    assert rows["time"].tolist() == [1, 4, 7, 8]
    assert rows["direction"].tolist() == [Direction.LONG, Direction.FLAT, -1, 1]


def test_directions_that_only_hold_are_no_targets() -> None:
    assert len(target_rows(np.arange(3), np.full(3, Direction.HOLD, np.int8))) == 0
    assert len(target_rows(np.arange(0), np.zeros(0, np.int8))) == 0


def test_every_candle_has_a_direction() -> None:
    with pytest.raises(DoesNotFit, match="directions 2: of 3 candles"):
        target_rows(np.arange(3), np.zeros(2, np.int8))
