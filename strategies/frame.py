"""The input of a strategy: candles, the values of its indicators, and its second timeframe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from data import CandleFrame, Timeframe
from strategies.errors import StrategyError
from strategies.indicators import Column, Indicator

if TYPE_CHECKING:
    import pandas as pd

PRICES = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True, eq=False)
class StrategyFrame:
    """Equally long, read-only columns, oldest row first.

    An indicator with one output is found under the name it was declared with, others under
    `name.output`. Rows before the market's first candle are NaN. In `second` each row holds the
    last candle of the second timeframe that had closed when this row's candle closed.
    """

    timeframe: Timeframe
    open_time: npt.NDArray[np.datetime64]
    columns: Mapping[str, Column]
    second: "StrategyFrame | None" = None

    def __len__(self) -> int:
        return len(self.open_time)

    def __getitem__(self, name: str) -> Column:
        if name not in self.columns:
            available = ", ".join(self.columns)
            raise StrategyError(f"the frame has no column {name!r}; it has: {available}")
        return self.columns[name]

    @property
    def open(self) -> Column:
        return self.columns["open"]

    @property
    def high(self) -> Column:
        return self.columns["high"]

    @property
    def low(self) -> Column:
        return self.columns["low"]

    @property
    def close(self) -> Column:
        return self.columns["close"]

    @property
    def volume(self) -> Column:
        return self.columns["volume"]

    def to_pandas(self) -> "pd.DataFrame":
        """Return the columns as a DataFrame indexed by `open_time`, aware UTC."""
        import pandas as pd

        index = pd.DatetimeIndex(self.open_time, tz="UTC", name="open_time")
        return pd.DataFrame(dict(self.columns), index=index)


def columns_of(candles: CandleFrame, indicators: Mapping[str, Indicator]) -> dict[str, Column]:
    """Return prices, volume and indicator values by name, read-only."""
    columns: dict[str, Column] = {name: getattr(candles, name) for name in PRICES}
    for name, indicator in indicators.items():
        if name in columns:
            raise StrategyError(f"an indicator cannot be named {name!r}: that is a price column")
        for output, column in indicator.values(candles).items():
            columns[name if len(indicator.outputs) == 1 else f"{name}.{output}"] = column
    return {name: _read_only(column) for name, column in columns.items()}


def _read_only(column: Column) -> Column:
    view = column.view()
    view.flags.writeable = False
    return view
