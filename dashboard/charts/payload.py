"""Values of indicators as JSON for the browser. Pure."""

import numpy as np

from strategies.charts import IndicatorValues
from strategies.indicators import Column
from strategies.window import Times

Cell = float | None


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
