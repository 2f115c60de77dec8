"""The second timeframe of a strategy: every candle evaluated on its own anchored window."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data import CandleFrame, Timeframe
from strategies.base import Indicators, SecondTimeframe
from strategies.frame import StrategyFrame, columns_of
from strategies.indicators import Column
from strategies.window import (
    Times,
    Window,
    anchors_of,
    close_times_of,
    warmed_up,
    windows_of,
)


@dataclass(frozen=True, slots=True)
class SecondRequirements:
    """The second timeframe that a strategy reads, and how many candles precede one that counts."""

    timeframe: Timeframe
    warmup: int

    @property
    def indicators(self) -> Indicators:
        """Return none: whether candles count depends on the warm-up alone."""
        return {}

    @classmethod
    def of(cls, declared: SecondTimeframe | None) -> "SecondRequirements | None":
        """Return the requirements of a declared second timeframe, None if there is none."""
        return None if declared is None else cls(declared.timeframe, declared.warmup)


@dataclass(frozen=True, slots=True, eq=False)
class SecondValues:
    """Consecutive candles with their indicator values; `counts`: enough candles came before."""

    timeframe: Timeframe
    open_time: Times
    close_time: Times
    columns: Mapping[str, Column]
    counts: npt.NDArray[np.bool_]

    def at(self, times: Times) -> StrategyFrame:
        """Return for each time the last candle that had closed; NaN and NaT where none had."""
        rows = self._rows_at(times)
        columns = {name: np.append(column, np.nan)[rows] for name, column in self.columns.items()}
        for column in columns.values():
            column.flags.writeable = False
        open_time = np.append(self.open_time, np.datetime64("NaT"))[rows]
        return StrategyFrame(self.timeframe, open_time, columns)

    def counts_at(self, times: Times) -> npt.NDArray[np.bool_]:
        """Return for each time whether its candle counts."""
        return np.append(self.counts, False)[self._rows_at(times)]

    def _rows_at(self, times: Times) -> npt.NDArray[np.intp]:
        return np.searchsorted(self.close_time, times, side="right") - 1  # -1: the appended one


def second_values(
    declared: SecondTimeframe | SecondRequirements,
    candles: CandleFrame,
    times: Times,
    phase: int = 0,
) -> SecondValues:
    """Evaluate the candles of the second timeframe visible at rising `times`; drop later ones.

    `candles` reach back to the warm-up of the anchor of the first one seen.
    """
    closed = np.searchsorted(close_times_of(candles), times[[0, -1]], side="right")
    seen = candles.take(slice(max(int(closed[0]) - 1, 0), int(closed[1])))
    if not len(seen):
        columns = columns_of(seen, declared.indicators)
        return SecondValues(
            seen.timeframe, seen.open_time, seen.open_time, columns, np.zeros(0, np.bool_)
        )
    anchor = anchors_of(seen.open_time[:1], seen.timeframe, phase)[0]
    parts = [
        _evaluate_window(declared, window)
        for window in windows_of([candles.take(slice(0, int(closed[1])))], declared.warmup, phase)
        if window.anchor >= anchor
    ]
    return _concatenate(parts)


def values_in_window(
    declared: SecondTimeframe | SecondRequirements | None,
    window: Window,
    candles: CandleFrame | None,
    phase: int = 0,
) -> SecondValues | None:
    """Return the second timeframe's values visible to the candles of a window."""
    if declared is None or candles is None:
        return None
    times = window.close_times[window.missing : window.stop]
    return second_values(declared, candles, times, phase)


def first_row_for_second(
    requirements: SecondTimeframe | SecondRequirements,
    candles: CandleFrame,
    time: np.datetime64,
    phase: int = 0,
) -> int:
    """Return the first row of `candles` that `second_values` needs for times from `time` on."""
    row = max(int(np.searchsorted(close_times_of(candles), time, side="right")) - 1, 0)
    anchors = anchors_of(candles.open_time[row : row + 1], candles.timeframe, phase)
    start = int(np.searchsorted(candles.open_time, anchors[0])) if len(anchors) else 0
    return max(start - requirements.warmup, 0)


def _evaluate_window(
    declared: SecondTimeframe | SecondRequirements, window: Window
) -> SecondValues:
    rows = slice(window.first, window.stop)
    columns = columns_of(window.candles, declared.indicators)
    return SecondValues(
        timeframe=window.candles.timeframe,
        open_time=window.candles.open_time[rows],
        close_time=window.close_times[rows],
        columns={name: column[rows] for name, column in columns.items()},
        counts=warmed_up(window)[rows],
    )


def _concatenate(parts: list[SecondValues]) -> SecondValues:
    return SecondValues(
        timeframe=parts[0].timeframe,
        open_time=np.concatenate([part.open_time for part in parts]),
        close_time=np.concatenate([part.close_time for part in parts]),
        columns={
            name: np.concatenate([part.columns[name] for part in parts])
            for name in parts[0].columns
        },
        counts=np.concatenate([part.counts for part in parts]),
    )
