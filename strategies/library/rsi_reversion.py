"""Bet on the return from extremes of the RSI."""

from typing import Self

from pydantic import Field, model_validator

from strategies.base import Indicators, Strategy
from strategies.frame import StrategyFrame
from strategies.indicators import Rsi
from strategies.rules import crossed_above, crossed_below, decide
from strategies.signals import Directions


class RsiReversion(Strategy):
    """Long when oversold, short when overbought, out when the RSI passes the middle."""

    title = "RSI reversion"
    lookback = 1  # a crossing looks at the row before

    length: int = Field(default=14, strict=True, ge=2, le=500, description="RSI length, candles")
    oversold: float = Field(default=30.0, gt=0, lt=50, description="RSI below which to buy")
    overbought: float = Field(default=70.0, gt=50, lt=100, description="RSI above which to sell")
    middle: float = Field(default=50.0, gt=0, lt=100, description="RSI at which to leave")

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        if not self.oversold < self.middle < self.overbought:
            raise ValueError(
                f"middle ({self.middle:g}) must lie between oversold ({self.oversold:g}) "
                f"and overbought ({self.overbought:g})"
            )
        return self

    def indicators(self) -> Indicators:
        return {"rsi": Rsi(length=self.length)}

    def directions(self, frame: StrategyFrame) -> Directions:
        rsi = frame["rsi"]
        passed = crossed_above(rsi, self.middle) | crossed_below(rsi, self.middle)
        oversold, overbought = rsi < self.oversold, rsi > self.overbought
        return decide(long=oversold, short=overbought, flat=passed & ~oversold & ~overbought)
