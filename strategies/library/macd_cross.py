"""Follow momentum: the MACD against its own average."""

from typing import Self

from pydantic import Field, model_validator

from strategies.base import Indicators, Strategy
from strategies.frame import StrategyFrame
from strategies.indicators import Macd
from strategies.rules import decide
from strategies.signals import Directions


class MacdCross(Strategy):
    """Long while the MACD is above its signal line, short while it is below."""

    title = "MACD cross"

    fast: int = Field(default=12, strict=True, ge=1, le=999, description="Fast average, candles")
    slow: int = Field(default=26, strict=True, ge=2, le=1_000, description="Slow average, candles")
    signal: int = Field(default=9, strict=True, ge=1, le=1_000, description="Signal line, candles")

    @model_validator(mode="after")
    def _fast_is_faster(self) -> Self:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be below slow ({self.slow})")
        return self

    def indicators(self) -> Indicators:
        return {"macd": Macd(fast=self.fast, slow=self.slow, signal=self.signal)}

    def directions(self, frame: StrategyFrame) -> Directions:
        line, signal = frame["macd.macd"], frame["macd.signal"]
        return decide(long=line > signal, short=line < signal)
