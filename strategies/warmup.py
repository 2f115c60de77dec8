"""How many candles a strategy needs before its first decision, and where that is."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from data import CandleFrame, Timeframe, from_datetime64
from strategies.batch import paired_windows
from strategies.configured import ConfiguredStrategy
from strategies.evaluation import warm_rows
from strategies.second import values_in_window

Needs = tuple[int, Timeframe | None, int]
"""Candles of the first timeframe; the second timeframe, if there is one, and candles of it."""


def needs_of(strategy: ConfiguredStrategy, timeframe: Timeframe) -> Needs:
    """Return the warm-ups of both timeframes: strategies with equal ones can decide alike."""
    second, own = strategy.second(), strategy.warmup(timeframe)
    return (own, None, 0) if second is None else (own, second.timeframe, second.warmup)


def first_warm(
    strategy: ConfiguredStrategy,
    frames: Iterable[CandleFrame],
    second_frames: Iterable[CandleFrame] = (),
) -> datetime | None:
    """Return when the first candle opens that has the whole warm-up before it; None: none has."""
    for window, candles in paired_windows(strategy, frames, second_frames):
        second = values_in_window(strategy.second(), window, candles)
        warm = np.flatnonzero(warm_rows(window, second)[window.first : window.stop])
        if len(warm):
            return from_datetime64(window.open_times()[warm[0]])
    return None


def what_it_needs(strategy: ConfiguredStrategy, timeframe: Timeframe, known: int, seen: int) -> str:
    """Say how many candles a strategy needs, and how many are `known`, of the second `seen`."""
    own, second, second_warmup = needs_of(strategy, timeframe)
    needs = f"{own:,} candles of {timeframe} before its first decision, has {known:,}"
    if second is not None:
        needs += f", and {second_warmup + 1:,} of its second timeframe {second}, has {seen:,}"
    return f"{strategy.name} needs {needs}"
