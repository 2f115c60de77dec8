"""Follow prices out of the range they have kept."""

from pydantic import Field

from strategies.base import Indicators, Strategy
from strategies.frame import StrategyFrame
from strategies.indicators import Donchian
from strategies.rules import decide, previous
from strategies.signals import Directions


class DonchianBreakout(Strategy):
    """Long when the close leaves the channel above, short when below; else as before (HOLD)."""

    title = "Donchian breakout"
    lookback = 1  # the channel that is left is the one of the row before

    length: int = Field(default=20, strict=True, ge=2, le=1_000, description="Channel, candles")

    def indicators(self) -> Indicators:
        return {"channel": Donchian(length=self.length)}

    def directions(self, frame: StrategyFrame) -> Directions:
        above = frame.close > previous(frame["channel.upper"])
        below = frame.close < previous(frame["channel.lower"])
        return decide(long=above, short=below)
