"""Indicators that TA-Lib has, too, have its values, from the same row on."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pytest
import talib

from data import CandleFrame
from strategies.indicators import (
    Adx,
    Atr,
    Bollinger,
    Donchian,
    Ema,
    Indicator,
    Macd,
    Obv,
    Rsi,
    Sma,
    Source,
    Stochastic,
    VolumeSma,
    Wma,
)
from tests.candle_frames import a_random_frame

Column = npt.NDArray[np.float64]
Oracle = Callable[[CandleFrame], Mapping[str, Column]]

MARKETS = {
    "an ordinary market": a_random_frame(3_001, 1),
    "a dear one that moves by cents": a_random_frame(3_000, 2, price=100_000.0, move=1e-7),
    "a cheap one that leaps": a_random_frame(2_999, 3, price=1e-6, move=0.05),
}


def macd(frame: CandleFrame) -> Mapping[str, Column]:
    values = talib.MACD(frame.close, 12, 26, 9)
    return dict(zip(("macd", "signal", "histogram"), values, strict=True))


def bands(length: int, width: float) -> Oracle:
    def oracle(frame: CandleFrame) -> Mapping[str, Column]:
        values = talib.BBANDS(frame.close, length, width, width)
        return dict(zip(("upper", "middle", "lower"), values, strict=True))

    return oracle


def stochastic(length: int, smooth_k: int, smooth_d: int) -> Oracle:
    def oracle(frame: CandleFrame) -> Mapping[str, Column]:
        columns = frame.high, frame.low, frame.close
        values = talib.STOCH(*columns, length, smooth_k, 0, smooth_d, 0)
        return dict(zip(("k", "d"), values, strict=True))

    return oracle


def adx(length: int) -> Oracle:
    def oracle(frame: CandleFrame) -> Mapping[str, Column]:
        columns = frame.high, frame.low, frame.close
        return {
            "adx": talib.ADX(*columns, length),
            "plus_di": talib.PLUS_DI(*columns, length),
            "minus_di": talib.MINUS_DI(*columns, length),
        }

    return oracle


def donchian(length: int) -> Oracle:
    return lambda frame: {
        "upper": talib.MAX(frame.high, length),
        "middle": talib.MIDPRICE(frame.high, frame.low, length),
        "lower": talib.MIN(frame.low, length),
    }


CASES: list[tuple[Indicator, Oracle]] = [
    *((Sma(length=n), lambda f, n=n: {"sma": talib.SMA(f.close, n)}) for n in (2, 3, 20, 500)),
    (Sma(length=20, source=Source.HIGH), lambda f: {"sma": talib.SMA(f.high, 20)}),
    *((Ema(length=n), lambda f, n=n: {"ema": talib.EMA(f.close, n)}) for n in (2, 3, 20, 200)),
    *((Wma(length=n), lambda f, n=n: {"wma": talib.WMA(f.close, n)}) for n in (2, 3, 20, 500)),
    *((Rsi(length=n), lambda f, n=n: {"rsi": talib.RSI(f.close, n)}) for n in (2, 14, 100)),
    (Macd(), macd),
    *((Bollinger(length=n, width=w), bands(n, w)) for n, w in ((20, 2.0), (2, 1.0), (300, 3.5))),
    *(
        (Atr(length=n), lambda f, n=n: {"atr": talib.ATR(f.high, f.low, f.close, n)})
        for n in (2, 14)
    ),
    *((Adx(length=n), adx(n)) for n in (2, 14, 50)),
    *(
        (Stochastic(length=n, smooth_k=k, smooth_d=d), stochastic(n, k, d))
        for n, k, d in ((14, 3, 3), (5, 1, 3), (50, 10, 1))
    ),
    *((Donchian(length=n), donchian(n)) for n in (2, 20, 301)),
    (Obv(), lambda f: {"obv": talib.OBV(f.close, f.volume)}),
    (VolumeSma(length=20), lambda f: {"volume_sma": talib.SMA(f.volume, 20)}),
]


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize(("indicator", "oracle"), CASES, ids=[case[0].label for case in CASES])
def test_values_and_first_row_equal_talib(
    indicator: Indicator, oracle: Oracle, market: str
) -> None:
    frame = MARKETS[market]
    ours, theirs = indicator.values(frame), oracle(frame)
    assert set(ours) == set(theirs)
    for name, column in ours.items():
        assert np.array_equal(np.isnan(column), np.isnan(theirs[name])), name
        np.testing.assert_allclose(column, theirs[name], **tolerance(indicator, frame))


def tolerance(indicator: Indicator, frame: CandleFrame) -> dict[str, float]:
    """Return 1e-9, of the price where values may be near 0.

    Bands of deviations: TA-Lib takes the difference of two sums of squares, and is 1e-8 off itself
    where prices are large and moves small (see the test against the plain definition).
    """
    price = float(np.max(frame.high))
    of_price = isinstance(indicator, Macd | Bollinger)
    return {"rtol": 1e-9, "atol": 1e-9 * price if of_price else 1e-9}
