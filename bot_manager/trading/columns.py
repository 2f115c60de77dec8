"""Prints and targets as the columns that the kernel reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot_manager.errors import DoesNotFit
from bot_manager.trading.codes import LONG, SHORT
from bot_manager.trading.rows import RowArray
from bot_manager.trading.tables import TARGETS
from bot_manager.trading.units import Int64s, Scales, column_units, to_us
from data import CandleFrame, Trade


@dataclass(frozen=True, slots=True, eq=False)
class TapeColumns:
    """A chunk of one tape, in its order: times in us, prices and sizes in an account's units."""

    time: Int64s
    trade_id: Int64s
    price: Int64s
    size: Int64s

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def of(cls, trades: Sequence[Trade], scales: Scales) -> "TapeColumns":
        """Convert trades. Raises DoesNotFit where one is finer than the scales: rescale first."""
        return cls(
            time=_column([to_us(trade.time) for trade in trades]),
            trade_id=_column([trade.trade_id for trade in trades]),
            price=_column([scales.price_units(trade.price) for trade in trades]),
            size=_column([scales.size_units(trade.size) for trade in trades]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class CandleColumns:
    """Candles with trades, oldest first: opening times in us, prices in an account's units."""

    open_time: Int64s
    open: Int64s
    high: Int64s
    low: Int64s
    close: Int64s
    duration_us: int

    def __len__(self) -> int:
        return len(self.open_time)

    @classmethod
    def of(cls, frame: CandleFrame, scales: Scales) -> "CandleColumns":
        """Convert the rows with trades; candles without are left out. Raises DoesNotFit."""
        traded = frame.traded
        decimals = scales.price_decimals
        return cls(
            open_time=frame.open_time[traded].astype("datetime64[us]").astype(np.int64),
            open=column_units("open", frame.open[traded], decimals),
            high=column_units("high", frame.high[traded], decimals),
            low=column_units("low", frame.low[traded], decimals),
            close=column_units("close", frame.close[traded], decimals),
            duration_us=frame.timeframe.seconds * 1_000_000,
        )


def target_rows(close_time: Int64s, direction: npt.NDArray[np.signedinteger]) -> RowArray:
    """Return the changes among directions, one per candle, decided at its close (us, rising).

    1 is long, 0 flat, -1 short; any other value holds the direction before it.
    """
    if len(close_time) != len(direction):
        raise DoesNotFit("directions", len(direction), problem=f"of {len(close_time)} candles")
    stated = np.flatnonzero((direction >= SHORT) & (direction <= LONG))
    directions = direction[stated]
    changed = stated[np.concatenate(([True], directions[1:] != directions[:-1]))[: len(stated)]]
    rows = np.zeros(len(changed), TARGETS)
    rows["time"], rows["direction"] = close_time[changed], direction[changed]
    return rows


def _column(values: list[int]) -> Int64s:
    return np.array(values, np.int64)
