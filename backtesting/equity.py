"""Equity at the close of any candle, from fills and closes alone.

The kernel marks by day. Between two orders cash and position stand still, so equity at a close is
cash plus position times the close: whole numbers again.
"""

from dataclasses import dataclass

import numpy as np

from backtesting.metrics.serial import Int64s
from bot_manager.trading.rows import RowArray


@dataclass(frozen=True, slots=True, eq=False)
class Equities:
    """Equity and the position's signed worth at rising times, in an account's units."""

    time_us: Int64s
    equity: Int64s
    value: Int64s

    def __len__(self) -> int:
        return len(self.time_us)


def equity_at_closes(
    capital: int, orders: RowArray, contract: int, close_us: Int64s, close: Int64s
) -> Equities:
    """Mark at closes in us, rising; fills before a close count, those at it do not."""
    # From which close on each order counts: so many closes stand behind it.
    since = np.searchsorted(close_us, orders["time"], side="right")
    closes = np.diff(np.concatenate(([0], since, [len(close_us)])))
    cash = np.repeat(np.append(capital, orders["cash"]), closes)
    exposure = np.repeat(np.append(0, orders["position"] * contract), closes)
    value = exposure * close
    return Equities(close_us, cash + value, value)


def thinned(rows: int, most: int) -> Int64s:
    """Return at most `most` row numbers, evenly spaced, the first and the last among them."""
    if rows <= most:
        return np.arange(rows)
    return np.linspace(0, rows - 1, most).astype(np.int64)
