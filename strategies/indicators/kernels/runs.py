"""Runs of a column without missing rows: indicators are computed on them only.

Every loop over runs has this form (not a generator: compiled ones keep references to
their columns for ever):

    stop = 0
    while stop < len(values):
        gap = stop
        start, stop = next_run(values, gap)     # rows gap..start are missing, start..stop are not
"""

import numpy as np
import numpy.typing as npt

from utils.compiled import compiled

Column = npt.NDArray[np.float64]

_CHUNK = 1024


@compiled
def next_run(values: Column, row: int) -> tuple[int, int]:
    """Return where the first run at or after `row` starts and stops."""
    start = _skip_missing(values, row)
    return start, _end_of_run(values, start)


@compiled
def speculative_run(values: Column, row: int) -> tuple[int, int]:
    """Return the next run, assuming that the first one has no end: see `checked_stop`."""
    start = _skip_missing(values, row)
    return start, (len(values) if row == 0 else _end_of_run(values, start))


@compiled
def checked_stop(values: Column, start: int, stop: int, result: Column) -> int:
    """Return where the run really stopped, from a `result` in which NaN propagates to the end.

    Reading all values beforehand would cost a third of a fast indicator's time.
    """
    done = result[stop - 1] == result[stop - 1]
    return stop if done else _end_of_run(values, start)


@compiled
def _skip_missing(values: Column, row: int) -> int:
    while row < len(values) and values[row] != values[row]:
        row += 1
    return row


@compiled
def _end_of_run(values: Column, row: int) -> int:
    size = len(values)
    while row + _CHUNK <= size and _missing(values[row : row + _CHUNK]) == 0:
        row += _CHUNK
    while row < size and values[row] == values[row]:
        row += 1
    return row


@compiled
def _missing(values: Column) -> int:
    count = 0
    for row in range(len(values)):
        count += values[row] != values[row]
    return count
