"""Synthetic candles for verification: seeded, with trends, calm, jumps and quiet minutes."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from data import CandleFrame, InstrumentId, Timeframe, to_datetime64

_REGIME_ROWS = 257
_START = datetime(1990, 3, 7, 11, 22, tzinfo=UTC)


def synthetic_candles(rows: int, timeframe: Timeframe, seed: int = 1) -> CandleFrame:
    """Return candles whose trend and volatility change every few hundred rows."""
    rng = np.random.default_rng(seed)
    regimes = np.arange(rows) // _REGIME_ROWS
    drift = rng.normal(0.0, 3e-4, regimes[-1] + 1)[regimes]
    spread = np.exp(rng.normal(-6.3, 0.7, regimes[-1] + 1))[regimes]
    moves = drift + spread * rng.standard_t(4, rows).clip(-8, 8)
    flat = _quiet_rows(rows, rng)
    close = 100.0 * np.exp(np.cumsum(np.where(flat, 0.0, moves)))
    before = np.concatenate([close[:1], close[:-1]])
    gap = np.where(flat, 0.0, spread * rng.normal(0.0, 0.2, rows))
    open_ = before * np.exp(gap)
    reach = np.where(flat, 0.0, spread * np.abs(rng.normal(0.0, 0.7, (2, rows))))
    volume = np.where(flat, 0.0, rng.exponential(5.0, rows) * (1.0 + 200.0 * np.abs(moves)))
    start = to_datetime64(timeframe.ceil(_START))
    return CandleFrame(
        instrument=InstrumentId("made-up", "MARKET"),
        timeframe=timeframe,
        open_time=start + np.arange(rows) * np.timedelta64(timeframe.seconds, "s"),
        open=open_,
        high=np.maximum(open_, close) * np.exp(reach[0]),
        low=np.minimum(open_, close) * np.exp(-reach[1]),
        close=close,
        volume=volume,
        trade_count=np.where(flat, 0, 1 + rng.poisson(9, rows)),
        complete=np.ones(rows, np.bool_),
        flat=flat,
    )


def aggregate_frame(candles: CandleFrame, timeframe: Timeframe) -> CandleFrame:
    """Return the whole candles of a coarser timeframe that these make."""
    open_times = candles.open_time
    origin = to_datetime64(timeframe.origin)
    step = np.timedelta64(timeframe.seconds, "s")
    buckets = open_times - (open_times - origin) % step
    starts = np.flatnonzero(np.concatenate([[True], buckets[1:] != buckets[:-1]]))
    stops = np.append(starts[1:], len(candles))
    whole = (open_times[starts] == buckets[starts]) & (
        open_times[stops - 1] + np.timedelta64(candles.timeframe.seconds, "s")
        == buckets[starts] + step
    )
    starts, stops = starts[whole], stops[whole]
    rows = slice(starts[0], stops[-1])
    offsets = starts - starts[0]
    return CandleFrame(
        instrument=candles.instrument,
        timeframe=timeframe,
        open_time=buckets[starts],
        open=candles.open[starts],
        high=np.maximum.reduceat(candles.high[rows], offsets),
        low=np.minimum.reduceat(candles.low[rows], offsets),
        close=candles.close[stops - 1],
        volume=np.add.reduceat(candles.volume[rows], offsets),
        trade_count=np.add.reduceat(candles.trade_count[rows], offsets),
        complete=np.logical_and.reduceat(candles.complete[rows], offsets),
        flat=np.logical_and.reduceat(candles.flat[rows], offsets),
    )


def _quiet_rows(rows: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    flat = np.zeros(rows, np.bool_)
    for start in rng.integers(1, rows, rows // 120):
        flat[start : start + int(rng.integers(1, 6))] = True
    return flat
