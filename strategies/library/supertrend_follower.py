"""Follow the Supertrend."""

from pydantic import Field

from strategies.base import Indicators, Strategy
from strategies.frame import StrategyFrame
from strategies.indicators import Supertrend
from strategies.rules import decide
from strategies.signals import Directions


class SupertrendFollower(Strategy):
    """Long while the Supertrend is up, short while it is down; as before while it is unknown."""

    title = "Supertrend"

    length: int = Field(default=10, strict=True, ge=2, le=500, description="Range, candles")
    multiplier: float = Field(default=3.0, gt=0, le=20, description="Ranges from middle to band")

    def indicators(self) -> Indicators:
        return {"supertrend": Supertrend(length=self.length, multiplier=self.multiplier)}

    def directions(self, frame: StrategyFrame) -> Directions:
        trend = frame["supertrend.trend"]
        return decide(long=trend > 0, short=trend < 0)
