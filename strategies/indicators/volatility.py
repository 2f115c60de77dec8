"""How widely prices move: ranges, bands and channels."""

from pydantic import Field

from data import CandleFrame
from strategies.indicators.base import (
    Colour,
    Column,
    Indicator,
    Length,
    Output,
    Pane,
    Source,
    Width,
    WilderLength,
)
from strategies.indicators.warmup import ema_warmup, wilder_warmup

_YEAR_S = 365 * 86_400


class Bollinger(Indicator):
    """Bollinger bands: a simple average, and `width` standard deviations to either side.

    middle = sma(x, length); upper, lower = middle +- width * sqrt(mean((x - middle)^2)), the
    deviation of the population. Source: John Bollinger, 1980s; equals TA-Lib BBANDS.
    """

    name = "bollinger"
    title = "Bollinger"
    pane = Pane.OVERLAY
    outputs = (
        Output("upper", Colour.BLUE),
        Output("middle", Colour.ORANGE),
        Output("lower", Colour.BLUE),
    )
    filled = ("upper", "lower")

    length: Length = Field(default=20, description="Candles averaged")
    width: Width = Field(default=2.0, description="Standard deviations from the middle to a band")
    source: Source = Field(default=Source.CLOSE, description="Price averaged")

    @property
    def memory_rows(self) -> int:
        return self.length - 1

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.volatility import bollinger

        return bollinger(self.source.of(frame), self.length, self.width)


class Atr(Indicator):
    """Average true range after Wilder: how far a candle reaches, jumps included.

    tr = max(high, close before) - min(low, close before); atr[t] = atr[t-1] + (tr[t] - atr[t-1]) /
    length, seeded with the simple average of the first `length` ranges. Source: J. Welles Wilder,
    New Concepts in Technical Trading Systems, 1978; equals TA-Lib ATR.
    """

    name = "atr"
    title = "ATR"
    pane = Pane.OWN
    outputs = (Output("atr", Colour.RED),)

    length: WilderLength = Field(
        default=14, description="Length of Wilder's average, candles: smoothing factor 1/length"
    )

    @property
    def memory_rows(self) -> int:
        return wilder_warmup(self.length)

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.smoothing import atr

        return (atr(frame.high, frame.low, frame.close, self.length),)


class Donchian(Indicator):
    """Donchian channel: the highest high and the lowest low of the last `length` candles.

    The candle itself is among them: a breakout is a close beyond the channel of the candle before.
    Source: Richard Donchian, 1950s; equals TA-Lib MAX, MIN and MIDPRICE.
    """

    name = "donchian"
    title = "Donchian"
    pane = Pane.OVERLAY
    outputs = (
        Output("upper", Colour.BLUE),
        Output("middle", Colour.ORANGE, shape="dashes"),
        Output("lower", Colour.BLUE),
    )
    filled = ("upper", "lower")

    length: Length = Field(default=20, description="Candles of the high and low")

    @property
    def memory_rows(self) -> int:
        return self.length - 1

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.windows import moving_range

        return moving_range(frame.high, frame.low, self.length)


class Keltner(Indicator):
    """Keltner channel: an exponential average, and `width` average true ranges to either side.

    middle = ema(close, length); upper, lower = middle +- width * atr(range_length). Source: Chester
    Keltner, 1960, in Linda Raschke's form.
    """

    name = "keltner"
    title = "Keltner"
    pane = Pane.OVERLAY
    outputs = (
        Output("upper", Colour.CYAN),
        Output("middle", Colour.CYAN, shape="dashes"),
        Output("lower", Colour.CYAN),
    )
    filled = ("upper", "lower")

    length: Length = Field(default=20, description="Length of the exponential average")
    range_length: WilderLength = Field(default=10, description="Candles of the average true range")
    width: Width = Field(default=2.0, description="Average true ranges from the middle to a band")

    @property
    def memory_rows(self) -> int:
        return max(ema_warmup(self.length), wilder_warmup(self.range_length))

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.volatility import keltner

        lengths = (self.length, self.range_length)
        return keltner(frame.high, frame.low, frame.close, lengths, self.width)


class Volatility(Indicator):
    """Rolling volatility: the standard deviation of logarithmic returns, in percent a year.

    100 * stdev(log(close[t] / close[t-1]), length, n - 1) * sqrt(candles in 365 days). Source:
    common statistics; crypto trades every day, so a year has 365.
    """

    name = "volatility"
    title = "Volatility %"
    pane = Pane.OWN
    outputs = (Output("volatility", Colour.ORANGE),)

    length: int = Field(
        default=20, strict=True, ge=2, le=1_000, description="Returns of the standard deviation"
    )

    @property
    def memory_rows(self) -> int:
        return self.length

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.volatility import volatility

        periods = _YEAR_S / frame.timeframe.seconds
        return (100.0 * volatility(frame.close, self.length, periods),)
