"""Small strategies for tests."""

import numpy as np

from data import Timeframe
from strategies import (
    Directions,
    Indicators,
    SecondTimeframe,
    Strategy,
    StrategyFrame,
    decide,
)
from strategies.indicators import Bollinger, Ema, Sma


class Rising(Strategy):
    """Long on candles that rise, short on others."""

    title = "Rising"

    def directions(self, frame: StrategyFrame) -> Directions:
        rising = frame.close > frame.open
        return decide(long=rising, short=~rising)


class Breakout(Strategy):
    """Returns HOLD most of the time."""

    lookback = 3
    length: int = 20

    def indicators(self) -> Indicators:
        return {"bands": Bollinger(length=self.length), "mean": Sma(length=self.length)}

    def directions(self, frame: StrategyFrame) -> Directions:
        return decide(long=frame.close > frame["bands.upper"], flat=frame.close < frame["mean"])


class WithTrend(Strategy):
    """Long or short as the trend of a coarser timeframe allows."""

    trend: Timeframe = Timeframe.H1

    def indicators(self) -> Indicators:
        return {"average": Ema(length=5)}

    def second(self) -> SecondTimeframe:
        return SecondTimeframe(self.trend, {"average": Ema(length=8)})

    def directions(self, frame: StrategyFrame) -> Directions:
        assert frame.second is not None
        up = frame.second.close > frame.second["average"]
        over = frame.close > frame["average"]
        return decide(long=up & over, short=~up & ~over)


class Answers(Strategy):
    """Returns the given answer, of the right length if possible."""

    kind: str = "floats"

    def directions(self, frame: StrategyFrame) -> Directions:
        rows = len(frame)
        answers: dict[str, object] = {
            "floats": np.zeros(rows),
            "sevens": np.full(rows, 7),
            "too few": np.zeros(rows - 1, np.int8),
            "a list": [0] * rows,
            "integers": np.ones(rows, np.int64),
        }
        return answers[self.kind]  # type: ignore[return-value]
