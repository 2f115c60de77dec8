"""When a strategy's first decision is, and the text if there is none."""

from datetime import timedelta

import numpy as np

from data import CandleFrame, Timeframe
from strategies.base import Indicators, SecondTimeframe, Strategy
from strategies.frame import StrategyFrame
from strategies.indicators import Sma
from strategies.signals import Directions
from strategies.strategy_handle import LocalStrategy
from strategies.warmup import describe_warmup, first_warm_time, warmup_requirement
from tests.backtest_world import SPOT, folded, random_minutes
from tests.builders import START


class Plain(Strategy):
    """Needs three candles."""

    def indicators(self) -> Indicators:
        return {"mean": Sma(length=4)}

    def directions(self, frame: StrategyFrame) -> Directions:
        return np.ones(len(frame), np.int8)


class Two(Plain):
    """Needs two candles of 5m, too."""

    def second(self) -> SecondTimeframe:
        return SecondTimeframe(Timeframe.M5, {"mean": Sma(length=3)})


MINUTES = random_minutes(SPOT.id, 60, 1, START)
M1 = CandleFrame.from_candles(SPOT.id, Timeframe.M1, MINUTES)
M5 = CandleFrame.from_candles(SPOT.id, Timeframe.M5, folded(MINUTES, Timeframe.M5))


def test_the_first_decision_has_its_whole_warm_up_before_it() -> None:
    needed = warmup_requirement(LocalStrategy(Plain()), Timeframe.M1)[0]
    assert first_warm_time(LocalStrategy(Plain()), [M1]) == START + needed * timedelta(minutes=1)
    assert first_warm_time(LocalStrategy(Plain()), [M1.take(slice(0, needed))]) is None


def test_it_waits_for_its_second_timeframe() -> None:
    _, _, second = warmup_requirement(LocalStrategy(Two()), Timeframe.M1)
    closes = START + (second + 1) * timedelta(minutes=5)
    assert first_warm_time(LocalStrategy(Two()), [M1], [M5]) == closes - timedelta(minutes=1)
    assert first_warm_time(LocalStrategy(Two()), [M1], []) is None


def test_it_reports_what_it_requires_of_each_timeframe() -> None:
    own, _, second = warmup_requirement(LocalStrategy(Two()), Timeframe.M1)
    assert describe_warmup(LocalStrategy(Two()), Timeframe.M1, 60, 0) == (
        f"Two needs {own} candles of 1m before its first decision, has 60, "
        f"and {second + 1} of its second timeframe 5m, has 0"
    )
