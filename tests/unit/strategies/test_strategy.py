"""The description of a strategy, and the frame that it reads."""

import numpy as np
import pytest
from pydantic import ValidationError

from data import Timeframe
from strategies import Exits
from strategies.errors import StrategyError
from strategies.frame import StrategyFrame, columns_of
from strategies.indicators import Bollinger, Ema, Sma
from strategies.library import EmaCrossover, MacdCross
from tests.candle_frames import a_random_frame
from tests.unit.strategies.sample_strategies import Breakout, Rising

FRAME = a_random_frame(60)


def seen() -> StrategyFrame:
    indicators = {"bands": Bollinger(length=5), "mean": Sma(length=5)}
    return StrategyFrame(FRAME.timeframe, FRAME.open_time, columns_of(FRAME, indicators))


def test_the_warmup_is_the_longest_of_the_indicators_and_the_lookback() -> None:
    assert Breakout().warmup(Timeframe.M1) == 19 + 3
    assert Rising().warmup(Timeframe.M1) == 0
    assert EmaCrossover().warmup(Timeframe.M1) == Ema(length=26).warmup(Timeframe.M1)


def test_parameters_are_frozen_and_bounded() -> None:
    with pytest.raises(ValidationError):
        EmaCrossover().fast = 3  # type: ignore[misc]
    with pytest.raises(ValidationError, match="fast"):
        EmaCrossover(fast=0)
    with pytest.raises(ValidationError, match="below slow"):
        MacdCross(fast=26, slow=12)


def test_exits_are_every_strategys_and_do_not_decide_signals() -> None:
    strategy = EmaCrossover(exits=Exits(stop_loss_bps=200))
    assert strategy.signal_parameters() == EmaCrossover().signal_parameters()
    assert strategy.signal_parameters() == '{"fast":12,"slow":26}'
    with pytest.raises(ValidationError, match="stop_loss_bps"):
        Exits(stop_loss_bps=10_000)


def test_columns_are_found_by_name_and_output() -> None:
    frame = seen()
    np.testing.assert_array_equal(frame["mean"], frame["bands.middle"])
    np.testing.assert_array_equal(frame["close"], frame.close)
    assert len(frame) == 60
    with pytest.raises(StrategyError, match=r"no column 'bands'; it has: open, .*bands\.upper"):
        frame["bands"]


def test_a_frame_is_read_only() -> None:
    for column in seen().columns.values():
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1.0


def test_an_indicator_cannot_take_the_name_of_a_price() -> None:
    with pytest.raises(StrategyError, match="'close'"):
        columns_of(FRAME, {"close": Sma()})


def test_a_frame_can_be_had_as_pandas() -> None:
    table = seen().to_pandas()
    assert str(table.index.dtype) == "datetime64[us, UTC]"
    assert table["bands.upper"].iloc[-1] == seen()["bands.upper"][-1]


def test_the_reason_names_the_values_of_the_row() -> None:
    reason = Breakout().reason(seen(), 59)
    assert reason.startswith("close ")
    assert "bands.upper" in reason
    assert "mean" in reason
