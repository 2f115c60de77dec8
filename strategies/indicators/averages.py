"""Averages of prices, drawn over them."""

from pydantic import Field

from data import CandleFrame
from strategies.indicators.base import Colour, Column, Indicator, Length, Output, Pane, Source
from strategies.indicators.warmup import ema_warmup


class Sma(Indicator):
    """Simple moving average: every one of the last `length` values counts the same.

    sma[t] = (x[t] + ... + x[t - length + 1]) / length
    Source: common statistics; equals TA-Lib SMA.
    """

    name = "sma"
    title = "SMA"
    pane = Pane.OVERLAY
    outputs = (Output("sma", Colour.BLUE),)

    length: Length = Field(default=20, description="Candles averaged")
    source: Source = Field(default=Source.CLOSE, description="Price averaged")

    @property
    def memory_rows(self) -> int:
        return self.length - 1

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.windows import moving_mean

        return (moving_mean(self.source.of(frame), self.length),)


class Ema(Indicator):
    """Exponential moving average: each value counts (1 - a) times what the next one does.

    ema[t] = ema[t-1] + a * (x[t] - ema[t-1]), a = 2 / (length + 1)
    Seed: the simple average of the first `length` values. Source: common statistics; equals
    TA-Lib EMA.
    """

    name = "ema"
    title = "EMA"
    pane = Pane.OVERLAY
    outputs = (Output("ema", Colour.ORANGE),)

    length: Length = Field(
        default=20, description="Candles of the SMA with the same centre of mass"
    )
    source: Source = Field(default=Source.CLOSE, description="Price averaged")

    @property
    def memory_rows(self) -> int:
        return ema_warmup(self.length)

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.smoothing import ema

        return (ema(self.source.of(frame), self.length),)


class Wma(Indicator):
    """Weighted moving average: weights rise evenly from 1, the oldest, to `length`, the newest.

    wma[t] = sum(k * x[t - length + k], k = 1..length) / (length * (length + 1) / 2)
    Source: common statistics; equals TA-Lib WMA.
    """

    name = "wma"
    title = "WMA"
    pane = Pane.OVERLAY
    outputs = (Output("wma", Colour.PURPLE),)

    length: Length = Field(default=20, description="Candles averaged")
    source: Source = Field(default=Source.CLOSE, description="Price averaged")

    @property
    def memory_rows(self) -> int:
        return self.length - 1

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.windows import moving_weighted_mean

        return (moving_weighted_mean(self.source.of(frame), self.length),)
