"""Frames of candles for tests: random walks of any shape, and frames made of closes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data import CandleFrame, InstrumentId, Timeframe

BTC = InstrumentId("okx", "BTC-USDT")
MONDAY = np.datetime64("2025-01-06T00:00:00", "us")


def times(rows: int, timeframe: Timeframe, start: np.datetime64) -> npt.NDArray[np.datetime64]:
    """Return opening times in a row."""
    return start + np.arange(rows) * np.timedelta64(timeframe.seconds, "s")


def a_frame(
    ohlcv: Sequence[npt.NDArray[np.float64]],
    timeframe: Timeframe = Timeframe.M1,
    start: np.datetime64 = MONDAY,
) -> CandleFrame:
    """Return a frame of these five columns."""
    rows = len(ohlcv[0])
    return CandleFrame(
        instrument=BTC,
        timeframe=timeframe,
        open_time=times(rows, timeframe, start),
        open=ohlcv[0],
        high=ohlcv[1],
        low=ohlcv[2],
        close=ohlcv[3],
        volume=ohlcv[4],
        trade_count=np.full(rows, 3, np.int64),
        complete=np.ones(rows, np.bool_),
        flat=np.zeros(rows, np.bool_),
    )


def a_frame_of(closes: Sequence[float], timeframe: Timeframe = Timeframe.M1) -> CandleFrame:
    """Return candles that open at the close before and reach no farther than open and close."""
    close = np.array(closes, np.float64)
    open_ = np.concatenate([close[:1], close[:-1]])
    top, bottom = np.maximum(open_, close), np.minimum(open_, close)
    return a_frame([open_, top, bottom, close, np.ones(len(close))], timeframe)


def a_random_frame(
    rows: int,
    seed: int = 1,
    *,
    price: float = 100.0,
    move: float = 1e-3,
    timeframe: Timeframe = Timeframe.M1,
    start: np.datetime64 = MONDAY,
) -> CandleFrame:
    """Return a random walk whose candles move by the share `move`; some have no volume."""
    rng = np.random.default_rng(seed)
    close = price * np.exp(np.cumsum(rng.normal(0.0, move, rows)))
    open_ = np.concatenate([[price], close[:-1]])
    high = np.maximum(open_, close) * (1.0 + np.abs(rng.normal(0.0, move / 2, rows)))
    low = np.minimum(open_, close) * (1.0 - np.abs(rng.normal(0.0, move / 2, rows)))
    volume = np.where(rng.random(rows) < 0.05, 0.0, rng.exponential(3.0, rows))
    return a_frame([open_, high, low, close, volume], timeframe, start)


def with_missing(frame: CandleFrame, rows: Sequence[int]) -> CandleFrame:
    """Return the frame with some rows missing: prices and volume are NaN."""
    columns = {name: column.copy() for name, column in frame.columns().items()}
    for name in ("open", "high", "low", "close", "volume"):
        columns[name][list(rows)] = np.nan
    return CandleFrame(instrument=frame.instrument, timeframe=frame.timeframe, **columns)
