"""Functions for the rules of strategies: none of them looks ahead."""

import numpy as np
import numpy.typing as npt

from strategies.indicators import Column
from strategies.signals import Direction, Directions

Rows = npt.NDArray[np.bool_]

_HOLD = np.int8(Direction.HOLD)


def decide(
    *, long: Rows | None = None, short: Rows | None = None, flat: Rows | None = None
) -> Directions:
    """Return a direction for each row: HOLD where no condition is true.

    Where `flat` is true, or `long` and `short` both are, it is FLAT.
    """
    rules = [rows for rows in (long, short, flat) if rows is not None]
    if not rules:
        raise ValueError("decide requires at least one of long, short and flat")
    none = np.zeros(len(rules[0]), np.bool_)
    up, down = none if long is None else long, none if short is None else short
    out = none if flat is None else flat
    target = (up.view(np.int8) - down.view(np.int8)) * ~out
    return target + (~(up | down | out)).view(np.int8) * _HOLD


def previous(values: Column, rows: int = 1) -> Column:
    """Return the values so many rows earlier; NaN where there are none."""
    if rows < 1:
        raise ValueError(f"rows of previous must be 1 or more, was {rows}: later rows are unknown")
    earlier = np.full(len(values), np.nan)
    earlier[rows:] = values[:-rows]
    return earlier


def crossed_above(values: Column, line: "Column | float") -> Rows:
    """Return where values are above the line and were not at the row before."""
    return _crossed(values - line)


def crossed_below(values: Column, line: "Column | float") -> Rows:
    """Return where values are below the line and were not at the row before."""
    return _crossed(line - values)


def _crossed(lead: Column) -> Rows:
    return (lead > 0.0) & (previous(lead) <= 0.0)
