"""How fast and how far prices move, on scales of their own."""

from typing import Self

from pydantic import Field, model_validator

from data import CandleFrame
from strategies.indicators.base import (
    Colour,
    Column,
    Indicator,
    Length,
    Output,
    Pane,
    Source,
    WilderLength,
)
from strategies.indicators.warmup import ema_warmup, wilder_warmup


class Rsi(Indicator):
    """Relative strength index after Wilder: the share of gains in all moves, 0..100.

    rsi[t] = 100 * gain[t] / (gain[t] + loss[t]), where gain and loss are Wilder's averages
    (a = 1 / length, seed: the simple average of the first `length`) of the rises and falls of x.
    50 where no price has changed yet (TA-Lib: 0, which reads as oversold). Source: J. Welles
    Wilder, New Concepts in Technical Trading Systems, 1978; equals TA-Lib RSI.
    """

    name = "rsi"
    title = "RSI"
    pane = Pane.OWN
    outputs = (Output("rsi", Colour.PURPLE),)
    levels = (30.0, 70.0)

    length: WilderLength = Field(
        default=14, description="Length of Wilder's average, candles: smoothing factor 1/length"
    )
    source: Source = Field(default=Source.CLOSE, description="Price whose changes are compared")

    @property
    def memory_rows(self) -> int:
        return wilder_warmup(self.length)

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.momentum import rsi

        return (rsi(self.source.of(frame), self.length),)


class Macd(Indicator):
    """Moving average convergence divergence: how far a fast average has left a slow one.

    macd = ema(x, fast) - ema(x, slow); signal = ema(macd, signal); histogram = macd - signal
    Seeds: simple averages; both averages of x begin at row slow - 1; all outputs begin with the
    signal. Source: Gerald Appel, 1979; equals TA-Lib MACD.
    """

    name = "macd"
    title = "MACD"
    pane = Pane.OWN
    outputs = (
        Output("macd", Colour.BLUE),
        Output("signal", Colour.ORANGE),
        Output("histogram", Colour.GREEN, shape="histogram", sign="histogram"),
    )
    levels = (0.0,)

    fast: Length = Field(default=12, description="Length of the fast average, below slow")
    slow: Length = Field(default=26, description="Length of the slow average")
    signal: Length = Field(default=9, description="Length of the average of the difference")
    source: Source = Field(default=Source.CLOSE, description="Price averaged")

    @model_validator(mode="after")
    def _fast_is_faster(self) -> Self:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be below slow ({self.slow})")
        return self

    @property
    def memory_rows(self) -> int:
        return ema_warmup(self.slow) + ema_warmup(self.signal)

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.momentum import macd

        return macd(self.source.of(frame), self.fast, self.slow, self.signal)


class Stochastic(Indicator):
    """Stochastic oscillator: where the close lies in the range of the last candles, 0..100.

    k = sma(100 * (close - lowest) / (highest - lowest), smooth_k); d = sma(k, smooth_d), with the
    extremes of the last `length` lows and highs. 50 where they are equal (TA-Lib: 0, which
    reads as oversold); k begins with d. Source: George Lane, 1950s; equals TA-Lib STOCH.
    """

    name = "stochastic"
    title = "Stochastic"
    pane = Pane.OWN
    outputs = (
        Output("k", Colour.BLUE),
        Output("d", Colour.ORANGE),
    )
    levels = (20.0, 80.0)

    length: Length = Field(default=14, description="Candles of the range")
    smooth_k: Length = Field(
        default=3, description="Candles of the average of k; 1: fast stochastic"
    )
    smooth_d: Length = Field(default=3, description="Candles of d, the average of k")

    @property
    def memory_rows(self) -> int:
        return self.length + self.smooth_k + self.smooth_d - 3

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.momentum import stochastic

        lengths = (self.length, self.smooth_k, self.smooth_d)
        return stochastic(frame.high, frame.low, frame.close, lengths)
