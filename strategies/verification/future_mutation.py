"""Mutation of all candles after a row: another future for the same past."""

from enum import Enum

import numpy as np

from data import CandleFrame


class FutureScenario(Enum):
    """How prices continue: moves of a row (mean, spread), and the factor of the volume."""

    RANDOM_WALK = (0.0, 0.004, 1.0)
    RISE = (0.01, 0.005, 3.0)
    FALL = (-0.01, 0.005, 3.0)
    GAP_UP = (0.0, 0.05, 50.0)
    GAP_DOWN = (0.0, 0.05, 0.02)
    LOW_VOLATILITY = (0.0, 0.00001, 0.1)
    NO_TRADES = (0.0, 0.0, 0.0)


_LATEST = 10
_GAPS = {FutureScenario.GAP_UP: 1.5, FutureScenario.GAP_DOWN: -1.5}


def mutate_future(
    candles: CandleFrame, cut_row: int, future: FutureScenario, seed: int
) -> CandleFrame:
    """Return the candles with synthetic rows from `cut_row` on; times stay."""
    rng = np.random.default_rng(seed)
    rows = len(candles) - cut_row
    columns = {name: column.copy() for name, column in candles.columns().items()}
    if rows <= 0:
        return candles
    mean, spread, volume_factor = future.value
    moves = rng.normal(mean, spread, rows)
    moves[0] += _GAPS.get(future, 0.0)
    last = candles.close[cut_row - 1] if cut_row else np.nan
    start = 100.0 if np.isnan(last) else last
    close = start * np.exp(np.cumsum(moves.clip(-2, 2)).clip(-20, 20))
    open_ = np.concatenate([[start], close[:-1]]) * np.exp(rng.normal(0.0, spread / 4, rows))
    new = slice(cut_row, None)
    columns["open"][new] = open_
    columns["close"][new] = close
    columns["high"][new] = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, spread, rows)))
    columns["low"][new] = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, spread, rows)))
    columns["volume"][new] = volume_factor * rng.exponential(5.0, rows)
    columns["trade_count"][new] = rng.integers(1, 99, rows)
    columns["complete"][new] = rng.random(rows) < 0.9
    columns["flat"][new] = future is FutureScenario.NO_TRADES
    return CandleFrame(instrument=candles.instrument, timeframe=candles.timeframe, **columns)


def delay_future(candles: CandleFrame, cut_row: int, seed: int) -> CandleFrame:
    """Return the candles with all rows from `cut_row` on moved later by some candles: where rows
    without trades are left out, future times are as unknown as future prices.
    """
    open_time = candles.open_time.copy()
    later = int(np.random.default_rng(seed).integers(0, _LATEST))
    open_time[cut_row:] += later * np.timedelta64(candles.timeframe.seconds, "s")
    columns = {**candles.columns(), "open_time": open_time}
    return CandleFrame(instrument=candles.instrument, timeframe=candles.timeframe, **columns)
