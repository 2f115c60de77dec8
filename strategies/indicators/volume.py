"""Prices seen with the volume behind them, and volume itself."""

import numpy as np
import numpy.typing as npt
from pydantic import Field

from data import CandleFrame
from strategies.indicators.base import Colour, Column, Indicator, Length, Output, Pane


class Vwap(Indicator):
    """Volume-weighted average price of the UTC day so far.

    sum(p * volume) / sum(volume) since 00:00 UTC, with p = (high + low + close) / 3. NaN until the
    day has volume, and on a first day whose start is not in the frame. Source: common practice.
    """

    name = "vwap"
    title = "VWAP"
    pane = Pane.OVERLAY
    outputs = (Output("vwap", Colour.PURPLE, width=2),)
    memory_s = 86_400

    @property
    def memory_rows(self) -> int:
        return 0

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.volume import session_vwap, typical_price

        prices = typical_price(frame.high, frame.low, frame.close)
        return (session_vwap(prices, frame.volume, _days(frame)),)


class RollingVwap(Indicator):
    """Volume-weighted average price of the last `length` candles.

    sum(p * volume) / sum(volume), with p = (high + low + close) / 3; NaN where none of them has
    volume. Source: common practice.
    """

    name = "rolling_vwap"
    title = "Rolling VWAP"
    pane = Pane.OVERLAY
    outputs = (Output("vwap", Colour.CYAN, width=2),)

    length: Length = Field(default=20, description="Candles averaged")

    @property
    def memory_rows(self) -> int:
        return self.length - 1

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.volume import rolling_vwap, typical_price

        prices = typical_price(frame.high, frame.low, frame.close)
        return (rolling_vwap(prices, frame.volume, self.length),)


class Obv(Indicator):
    """On-balance volume: volume added where the close rises, taken away where it falls.

    obv[t] = obv[t-1] + volume[t] * sign(close[t] - close[t-1]); the first row is its volume. Only
    its changes have a meaning: its level starts again every 4,096 candles, where a chart breaks the
    line, so a strategy must not compare it with a number. Source: Joseph Granville, 1963; equals
    TA-Lib OBV.
    """

    name = "obv"
    title = "OBV"
    pane = Pane.OWN
    outputs = (Output("obv", Colour.BLUE),)
    cumulative = True

    @property
    def memory_rows(self) -> int:
        return 1

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.volume import obv

        return (obv(frame.close, frame.volume),)


class VolumeSma(Indicator):
    """Simple moving average of the volume.

    (volume[t] + ... + volume[t - length + 1]) / length. Source: common statistics; equals TA-Lib
    SMA of the volume.
    """

    name = "volume_sma"
    title = "Volume SMA"
    pane = Pane.VOLUME
    outputs = (Output("volume_sma", Colour.ORANGE),)

    length: Length = Field(default=20, description="Candles averaged")

    @property
    def memory_rows(self) -> int:
        return self.length - 1

    def compute(self, frame: CandleFrame) -> tuple[Column, ...]:
        from strategies.indicators.kernels.windows import moving_mean

        return (moving_mean(frame.volume, self.length),)


def _days(frame: CandleFrame) -> npt.NDArray[np.int64]:
    """Number the UTC day of each row; -1 where the first day's start is not in the frame."""
    starts = frame.open_time.astype("datetime64[D]")
    days = starts.astype(np.int64)
    present = np.flatnonzero(~np.isnan(frame.close))
    if len(present) and frame.open_time[present[0]] != starts[present[0]]:
        days[days == days[present[0]]] = -1
    return days
