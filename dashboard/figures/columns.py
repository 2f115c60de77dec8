"""Candles and values of indicators as columns and rows for the browser's charts. Pure."""

from typing import Any

import numpy as np
import numpy.typing as npt

from data import CandleFrame, Timeframe, TimeSpan
from strategies.charts import IndicatorValues
from strategies.indicators import Column
from strategies.window import Times

Cell = float | None

# A gap is drawn as wide as it is, up to this many candles; wider ones are cut to it.
GAP_SHOWN = 60

_PRICES = ("open", "high", "low", "close", "volume")


def candle_columns(frame: CandleFrame) -> dict[str, list[Any]]:
    """Return `time` (Unix seconds, UTC, rising) and prices; None where no candle is known."""
    frame = frame.known_rows()
    times = frame.open_time.astype("datetime64[s]").astype(np.int64)
    grid = _with_gaps(times, frame.timeframe)
    rows = np.searchsorted(times, grid)
    known = times[np.minimum(rows, len(times) - 1)] == grid if len(times) else grid == 0
    columns: dict[str, list[Any]] = {"time": grid.tolist()}
    for name in _PRICES:
        columns[name] = _column(getattr(frame, name), rows, known)
    return columns


def unix_times(times: Times) -> list[int]:
    """Return opening times in Unix seconds."""
    return times.astype("datetime64[s]").astype(np.int64).tolist()  # type: ignore[no-any-return]


def cells(column: Column) -> list[Cell]:
    """Return a column's values; None where there is none."""
    if not np.isnan(column).any():
        return column.tolist()  # type: ignore[no-any-return]
    return [None if value != value else value for value in column.tolist()]


def rows_of(values: IndicatorValues, at: int) -> list[list[Cell]]:
    """Return the rows of one indicator: Unix time, then its outputs."""
    columns = [cells(column) for column in values.columns[at]]
    times = unix_times(values.open_time)
    return [list(row) for row in zip(times, *columns, strict=True)]


def missing_candles(gaps: list[TimeSpan], timeframe: Timeframe) -> int:
    """Return how many candles lie in these gaps."""
    return sum((gap.end - gap.start) // timeframe.duration for gap in gaps)


def _with_gaps(times: npt.NDArray[np.int64], timeframe: Timeframe) -> npt.NDArray[np.int64]:
    step = timeframe.seconds
    behind = np.nonzero(np.diff(times) > step)[0]
    blanks = [
        np.arange(times[row] + step, times[row + 1], step, dtype=np.int64)[:GAP_SHOWN]
        for row in behind
    ]
    return np.sort(np.concatenate([times, *blanks]))


def _column(
    values: npt.NDArray[np.float64], rows: npt.NDArray[np.intp], known: npt.NDArray[np.bool_]
) -> list[float | None]:
    if bool(known.all()):
        return values[rows].tolist()  # type: ignore[no-any-return]
    safe = np.minimum(rows, max(0, len(values) - 1))
    return [
        value if here else None for value, here in zip(values[safe].tolist(), known, strict=True)
    ]
