"""How many candles a strategy needs before its first decision, and where that is."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from data import CandleFrame, Timeframe, from_datetime64
from strategies.batch import pair_windows
from strategies.evaluation import warm_rows
from strategies.second_timeframe import values_in_window
from strategies.strategy_handle import ConfiguredStrategy

WarmupRequirement = tuple[int, Timeframe | None, int]
"""Candles of the first timeframe; the second timeframe, if there is one, and candles of it."""


def warmup_requirement(strategy: ConfiguredStrategy, timeframe: Timeframe) -> WarmupRequirement:
    """Return the warm-ups of both timeframes: with equal ones, the same candles are decided."""
    second, own = strategy.second(), strategy.warmup(timeframe)
    return (own, None, 0) if second is None else (own, second.timeframe, second.warmup)


def first_warm_time(
    strategy: ConfiguredStrategy,
    frames: Iterable[CandleFrame],
    second_frames: Iterable[CandleFrame] = (),
) -> datetime | None:
    """Return when the first candle opens that has the whole warm-up before it; None: none has."""
    for window, candles in pair_windows(strategy, frames, second_frames):
        second = values_in_window(strategy.second(), window, candles)
        warm = np.flatnonzero(warm_rows(window, second)[window.first : window.stop])
        if len(warm):
            return from_datetime64(window.open_times()[warm[0]])
    return None


def describe_warmup(
    strategy: ConfiguredStrategy, timeframe: Timeframe, candle_count: int, second_count: int
) -> str:
    """Describe how many candles a strategy needs and has, and of its second timeframe."""
    own, second, second_warmup = warmup_requirement(strategy, timeframe)
    requirement = f"{own:,} candles of {timeframe} before its first decision, has {candle_count:,}"
    if second is not None:
        requirement += (
            f", and {second_warmup + 1:,} of its second timeframe {second}, has {second_count:,}"
        )
    return f"{strategy.name} needs {requirement}"
