"""The indicator values that a chart draws: bit for bit those that a strategy reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data import CandleFrame
from strategies.indicators import Column, Indicator
from strategies.window import Times, Window, anchors_of, first_row_of_anchor, windows_of


@dataclass(frozen=True, slots=True, eq=False)
class IndicatorValues:
    """For each indicator its outputs, row for row of `open_time`; NaN where there is no value."""

    open_time: Times
    columns: tuple[tuple[Column, ...], ...]


def evaluate_indicators(
    candles: CandleFrame, indicators: Sequence[Indicator], since: np.datetime64
) -> IndicatorValues:
    """Evaluate indicators at the candles that open at `since` or later, on anchored windows.

    `candles` reach back to the longest warm-up before the anchor of the first of them.
    """
    first = int(np.searchsorted(candles.open_time, since))
    with np.errstate(all="ignore"):
        columns = tuple(_columns(candles, indicator, first) for indicator in indicators)
    return IndicatorValues(candles.open_time[first:], columns)


def _of_window(indicator: Indicator, window: Window) -> list[Column]:
    """Return the drawn values of a window; a cumulative value is NaN where the window begins."""
    columns = indicator.compute(window.candles)
    if indicator.cumulative and window.missing < window.first:
        columns = tuple(column.copy() for column in columns)
        for column in columns:
            column[window.first] = np.nan
    return [column[window.first : window.stop] for column in columns]


def _columns(candles: CandleFrame, indicator: Indicator, first: int) -> tuple[Column, ...]:
    if first == len(candles):
        return tuple(np.empty(0) for _ in indicator.outputs)
    warmup = indicator.warmup(candles.timeframe)
    anchor = anchors_of(candles.open_time[first : first + 1], candles.timeframe)[0]
    needed = candles.take(slice(first_row_of_anchor(candles, first, warmup), None))
    parts = [
        _of_window(indicator, window)
        for window in windows_of([needed], warmup)
        if window.anchor >= anchor
    ]
    rows = len(candles) - first
    return tuple(np.concatenate(chunks)[-rows:] for chunks in zip(*parts, strict=True))
