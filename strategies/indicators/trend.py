"""Where prices are going, and how surely."""

from pydantic import Field

from data import CandleFrame
from strategies.indicators.base import (
    Colour,
    Column,
    Indicator,
    Length,
    Output,
    Pane,
    Width,
    WilderLength,
)
from strategies.indicators.warmup import decay_rows, wilder_warmup

# A band ends its memory when a close crosses it or when the other prices' band overtakes it. On a
# random walk the wait for that has a geometric tail whose scale grows with the band's square.
_ROWS_PER_SQUARE = 25


class Adx(Indicator):
    """Average directional index after Wilder: how one-sided the moves are, 0..100, and +DI, -DI.

    +DM = rise of the high where it is above the fall of the low, else 0; -DM the other way round.
    Both and the true range are summed by Wilder: s[t] = s[t-1] - s[t-1] / length + x[t], seeded
    with the sum of the first length - 1. +DI = 100 * +DM / TR. adx = Wilder's average of
    100 * abs(+DI - -DI) / (+DI + -DI), seeded with the simple average of the first `length`.
    0 where nothing moves. Source: J. Welles Wilder, New Concepts in Technical Trading Systems,
    1978; equals TA-Lib ADX, PLUS_DI, MINUS_DI.
    """

    name = "adx"
    title = "ADX"
    pane = Pane.OWN
    outputs = (
        Output("adx", Colour.PURPLE, width=2),
        Output("plus_di", Colour.GREEN),
        Output("minus_di", Colour.RED),
    )
    levels = (25.0,)

    length: WilderLength = Field(
        default=14, description="Length of Wilder's average, candles: smoothing factor 1/length"
    )

    @property
    def memory_rows(self) -> int:
        return wilder_warmup(self.length) + self.length - 1 + decay_rows(1.0 / self.length)

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.trend import adx

        return adx(frame.high, frame.low, frame.close, self.length)


class Supertrend(Indicator):
    """Supertrend: a band that trails the price, and the trend (1 up, -1 down) it makes.

    basic bands = (high + low) / 2 +- multiplier * atr(length). The upper band only falls, until the
    close before is above it; the lower only rises, until the close before is below it. The trend
    turns up when a close is above the upper band, down when below the lower; the line is the band
    behind the price. NaN until the first turn: before, the trend is undefined. How long a band
    depends on its start has no fixed bound; the warm-up covers it on prices that change at all.
    Source: Olivier Seban; the arithmetic is the one common on charting sites.
    """

    name = "supertrend"
    title = "Supertrend"
    pane = Pane.OVERLAY
    outputs = (
        Output("line", Colour.GREEN, width=2, sign="trend"),
        Output("trend", Colour.GREY, shape="unseen"),
    )

    length: WilderLength = Field(default=10, description="Candles of the average true range")
    multiplier: Width = Field(
        default=3.0, description="Average true ranges from the middle to a band"
    )

    @property
    def memory_rows(self) -> int:
        memory = _ROWS_PER_SQUARE * (self.multiplier + 1.0) ** 2
        return wilder_warmup(self.length) + round(memory)

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.trend import supertrend

        return supertrend(frame.high, frame.low, frame.close, self.length, self.multiplier)


class Ichimoku(Indicator):
    """Ichimoku kinko hyo: midpoints of three ranges, two of them moved ahead as a cloud.

    midpoint(n) = (highest high + lowest low of n candles) / 2. tenkan = midpoint(turning), kijun =
    midpoint(standard), span_a = (tenkan + kijun) / 2 and span_b = midpoint(leading), both as they
    were displacement - 1 candles ago: the cloud a chart shows under this candle. chikou is the
    close, drawn displacement - 1 candles back. Source: Goichi Hosoda, 1969.
    """

    name = "ichimoku"
    title = "Ichimoku"
    pane = Pane.OVERLAY
    outputs = (
        Output("tenkan", Colour.BLUE),
        Output("kijun", Colour.RED),
        Output("span_a", Colour.GREEN),
        Output("span_b", Colour.ORANGE),
        Output("chikou", Colour.GREY),
    )
    filled = ("span_a", "span_b")

    turning: Length = Field(default=9, description="Candles of tenkan, the turning line")
    standard: Length = Field(default=26, description="Candles of kijun, the standard line")
    leading: Length = Field(default=52, description="Candles of the second span")
    displacement: Length = Field(
        default=26, description="Candles by which the cloud is shifted forward"
    )

    @property
    def memory_rows(self) -> int:
        return max(self.turning, self.standard, self.leading) + self.displacement - 2

    def shifts(self) -> tuple[int, ...]:
        return (0, 0, 0, 0, 1 - self.displacement)

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.trend import ichimoku

        lengths = (self.turning, self.standard, self.leading)
        return (*ichimoku(frame.high, frame.low, lengths, self.displacement), frame.close)
