"""Follow the trend that two moving averages show."""

from typing import Self

from pydantic import Field, model_validator

from strategies.base import Indicators, Strategy
from strategies.frame import StrategyFrame
from strategies.indicators import Ema
from strategies.rules import decide
from strategies.signals import Directions


class EmaCrossover(Strategy):
    """Long while the fast average is above the slow one, short while it is below."""

    title = "EMA crossover"

    fast: int = Field(default=12, strict=True, ge=1, le=999, description="Fast average, candles")
    slow: int = Field(default=26, strict=True, ge=2, le=1_000, description="Slow average, candles")

    @model_validator(mode="after")
    def _fast_is_faster(self) -> Self:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be below slow ({self.slow})")
        return self

    def indicators(self) -> Indicators:
        return {"fast": Ema(length=self.fast), "slow": Ema(length=self.slow)}

    def directions(self, frame: StrategyFrame) -> Directions:
        fast, slow = frame["fast"], frame["slow"]
        return decide(long=fast > slow, short=fast < slow)
