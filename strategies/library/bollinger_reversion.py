"""Bet on the return of prices that have left their Bollinger bands."""

from pydantic import Field

from strategies.base import Indicators, Strategy
from strategies.frame import StrategyFrame
from strategies.indicators import Bollinger
from strategies.rules import crossed_above, crossed_below, decide
from strategies.signals import Directions


class BollingerReversion(Strategy):
    """Long below the lower band, short above the upper, out when the close passes the middle."""

    title = "Bollinger reversion"
    lookback = 1  # a crossing looks at the row before

    length: int = Field(default=20, strict=True, ge=2, le=1_000, description="Average, candles")
    width: float = Field(default=2.0, gt=0, le=10, description="Deviations from middle to band")

    def indicators(self) -> Indicators:
        return {"bands": Bollinger(length=self.length, width=self.width)}

    def directions(self, frame: StrategyFrame) -> Directions:
        close, middle = frame.close, frame["bands.middle"]
        cheap, dear = close < frame["bands.lower"], close > frame["bands.upper"]
        passed = crossed_above(close, middle) | crossed_below(close, middle)
        return decide(long=cheap, short=dear, flat=passed & ~cheap & ~dear)
