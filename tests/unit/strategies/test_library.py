"""The targets of each built-in strategy, on markets made for it."""

import numpy as np
import pytest

from strategies import Direction, Strategy
from strategies.batch import evaluate_frames
from strategies.library import (
    BUILT_IN,
    BollingerReversion,
    DonchianBreakout,
    EmaCrossover,
    MacdCross,
    RsiReversion,
    SupertrendFollower,
)
from tests.candle_frames import a_frame_of

LONG, SHORT, FLAT, HOLD = Direction.LONG, Direction.SHORT, Direction.FLAT, Direction.HOLD
UP = np.linspace(0, 60, 300)
CALM = 100 + 0.1 * np.sin(np.arange(2_500))


def targets(strategy: Strategy, closes: np.ndarray) -> list[int]:
    parts = list(evaluate_frames(strategy, [a_frame_of(list(closes))]))
    return np.concatenate([part.directions for part in parts]).tolist()


@pytest.mark.parametrize("kind", [EmaCrossover, MacdCross, SupertrendFollower])
def test_followers_go_with_the_trend(kind: type[Strategy]) -> None:
    speeding = np.concatenate([CALM, 100 + UP**1.5 / 10])
    assert targets(kind(), speeding)[-1] == LONG
    assert targets(kind(), 200 - speeding)[-1] == SHORT


def test_a_breakout_is_one_signal_and_held() -> None:
    closes = np.concatenate([CALM, [101.0], np.full(5, 100.9), [99.0], np.full(5, 99.1)])
    decided = targets(DonchianBreakout(), closes)[-12:]
    assert decided == [LONG, *[HOLD] * 5, SHORT, *[HOLD] * 5]


def test_bollinger_reversion_buys_below_and_leaves_at_the_middle() -> None:
    closes = np.concatenate([CALM, [95.0, 99.0, 100.5, 106.0]])
    assert targets(BollingerReversion(), closes)[-4:] == [LONG, HOLD, FLAT, SHORT]


def test_rsi_reversion_buys_what_is_oversold_and_leaves_in_the_middle() -> None:
    falling = np.linspace(100, 90, 20)
    decided = targets(RsiReversion(), np.concatenate([CALM, falling, [93.0, 96.0, 99.0, 99.1]]))
    assert decided[-5] == LONG
    assert FLAT in decided[-4:]
    rising = targets(RsiReversion(), np.concatenate([CALM, 200 - falling]))
    assert rising[-1] == SHORT


@pytest.mark.parametrize("kind", BUILT_IN)
def test_each_signal_has_a_reason(kind: type[Strategy]) -> None:
    assert kind.__doc__
    for name, field in kind.model_fields.items():
        assert field.description, name


def test_levels_of_the_rsi_must_rise() -> None:
    with pytest.raises(ValueError, match="must lie between"):
        RsiReversion(oversold=45.0, middle=40.0)
