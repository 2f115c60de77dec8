"""Another future for the same past."""

from enum import Enum

import numpy as np

from data import CandleFrame


class Future(Enum):
    """How prices go on: moves of a row (mean, spread), and what volume is multiplied by."""

    WALK = (0.0, 0.004, 1.0)
    RISE = (0.01, 0.005, 3.0)
    FALL = (-0.01, 0.005, 3.0)
    LEAP_UP = (0.0, 0.05, 50.0)
    LEAP_DOWN = (0.0, 0.05, 0.02)
    CALM = (0.0, 0.00001, 0.1)
    SILENT = (0.0, 0.0, 0.0)


_LATEST = 10
_LEAPS = {Future.LEAP_UP: 1.5, Future.LEAP_DOWN: -1.5}


def scrambled(candles: CandleFrame, known: int, future: Future, seed: int) -> CandleFrame:
    """Return the candles with all rows from `known` on made up anew; times stay."""
    rng = np.random.default_rng(seed)
    rows = len(candles) - known
    columns = {name: column.copy() for name, column in candles.columns().items()}
    if rows <= 0:
        return candles
    mean, spread, louder = future.value
    moves = rng.normal(mean, spread, rows)
    moves[0] += _LEAPS.get(future, 0.0)
    last = candles.close[known - 1] if known else np.nan
    start = 100.0 if np.isnan(last) else last
    close = start * np.exp(np.cumsum(moves.clip(-2, 2)).clip(-20, 20))
    open_ = np.concatenate([[start], close[:-1]]) * np.exp(rng.normal(0.0, spread / 4, rows))
    new = slice(known, None)
    columns["open"][new] = open_
    columns["close"][new] = close
    columns["high"][new] = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, spread, rows)))
    columns["low"][new] = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, spread, rows)))
    columns["volume"][new] = louder * rng.exponential(5.0, rows)
    columns["trade_count"][new] = rng.integers(1, 99, rows)
    columns["complete"][new] = rng.random(rows) < 0.9
    columns["flat"][new] = future is Future.SILENT
    return CandleFrame(instrument=candles.instrument, timeframe=candles.timeframe, **columns)


def delayed(candles: CandleFrame, known: int, seed: int) -> CandleFrame:
    """Return the candles with all rows from `known` on some candles later: times are no more known
    than prices where rows without trades are left out.
    """
    open_time = candles.open_time.copy()
    later = int(np.random.default_rng(seed).integers(0, _LATEST))
    open_time[known:] += later * np.timedelta64(candles.timeframe.seconds, "s")
    columns = {**candles.columns(), "open_time": open_time}
    return CandleFrame(instrument=candles.instrument, timeframe=candles.timeframe, **columns)
