"""Fold matches into candles, exactly and in columns."""

from typing import NamedTuple

import numpy as np

from data.simulator.market.matches import Matches
from data.simulator.market.prng import Ints

_HALF = np.int64(32)
_LOW = np.int64((1 << 32) - 1)


class BarColumns(NamedTuple):
    """Candles with at least one match, in time order; prices in ticks, volume in lots.

    Turnover (ticks x lots) exceeds 64 bits: it is turnover_high x 2**32 + turnover_low.
    """

    open_ms: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    lots: Ints
    turnover_high: Ints
    turnover_low: Ints
    matches: Ints
    first_id: Ints
    last_id: Ints

    @property
    def size(self) -> int:
        """Return the number of candles. (`len` counts columns.)"""
        return self.open_ms.size

    def between(self, start_ms: int, stop_ms: int) -> "BarColumns":
        """Return the candles that open in [start_ms, stop_ms)."""
        start, stop = self.open_ms.searchsorted((start_ms, stop_ms))
        return BarColumns._make(column[start:stop] for column in self)

    @classmethod
    def joined(cls, parts: "list[BarColumns]") -> "BarColumns":
        """Return the candles of all parts; those of one opening time become one."""
        rows = cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
        return _merged(rows, rows.open_ms)

    @classmethod
    def none(cls) -> "BarColumns":
        """Return no candles."""
        return cls._make([np.empty(0, dtype=np.int64)] * len(cls._fields))


def fold_matches(matches: Matches, copies: Ints | int, length_ms: int) -> BarColumns:
    """Fold matches, each with its number of `copies`, into candles of a fixed length."""
    turnover = matches.ticks * matches.lots
    ticks = matches.ticks
    each = BarColumns(
        open_ms=matches.time_ms - matches.time_ms % length_ms,
        open=ticks,
        high=ticks,
        low=ticks,
        close=ticks,
        lots=matches.lots * copies,
        turnover_high=(turnover >> _HALF) * copies,
        turnover_low=(turnover & _LOW) * copies,
        matches=np.ones(matches.size, dtype=np.int64) * copies,
        first_id=matches.ids,
        last_id=matches.ids + copies - 1,
    )
    return _merged(each, each.open_ms)


def fold_bars(fine: BarColumns, edges: Ints) -> BarColumns:
    """Fold candles into coarser ones; `edges` are the open times, and the end of the last."""
    place = edges.searchsorted(fine.open_ms, side="right") - 1
    return _merged(fine, edges[place])


def _merged(fine: BarColumns, open_ms: Ints) -> BarColumns:
    if open_ms.size == 0:
        return fine
    starts = np.flatnonzero(np.diff(open_ms, prepend=open_ms[0] - 1))
    ends = np.append(starts[1:], open_ms.size) - 1
    return BarColumns(
        open_ms=open_ms[starts],
        open=fine.open[starts],
        high=np.maximum.reduceat(fine.high, starts),
        low=np.minimum.reduceat(fine.low, starts),
        close=fine.close[ends],
        lots=np.add.reduceat(fine.lots, starts),
        turnover_high=np.add.reduceat(fine.turnover_high, starts),
        turnover_low=np.add.reduceat(fine.turnover_low, starts),
        matches=np.add.reduceat(fine.matches, starts),
        first_id=fine.first_id[starts],
        last_id=fine.last_id[ends],
    )
