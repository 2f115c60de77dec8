"""Candles as columns: the one place that knows their names, dtypes, index and gaps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import numpy.typing as npt

from data.errors import InvalidValue
from data.market.candle import Candle
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe

if TYPE_CHECKING:
    import pandas as pd

Gaps = Literal["flat", "skip"]
FloatColumn = npt.NDArray[np.float64]
TimeColumn = npt.NDArray[np.datetime64]
IntColumn = npt.NDArray[np.int64]
BoolColumn = npt.NDArray[np.bool_]

TIME_DTYPE = np.dtype("datetime64[us]")


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A span of time [start, end), aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CandleFrame:
    """Candles of one instrument and timeframe as equally long columns, oldest first.

    `open_time` is datetime64[us] in UTC, strictly rising. Prices and volume are float64.
    `trade_count` is -1 where unknown. `flat` marks rows that stand for a known bucket without a
    trade: all prices the previous close, volume 0; they make no prints.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    open_time: TimeColumn
    open: FloatColumn
    high: FloatColumn
    low: FloatColumn
    close: FloatColumn
    volume: FloatColumn
    trade_count: IntColumn
    complete: BoolColumn
    flat: BoolColumn

    def __post_init__(self) -> None:
        length = len(self.open_time)
        if any(len(column) != length for column in self.columns().values()):
            raise InvalidValue(f"{self.instrument} {self.timeframe}: columns differ in length")
        if length > 1 and not bool((self.open_time[1:] > self.open_time[:-1]).all()):
            raise InvalidValue(f"{self.instrument} {self.timeframe}: open_time must rise")

    def __len__(self) -> int:
        return len(self.open_time)

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return every column by name."""
        return {name: getattr(self, name) for name in _COLUMNS}

    def take(self, rows: "slice | npt.NDArray[Any]") -> "CandleFrame":
        """Return some of the rows, in order."""
        taken = {name: column[rows] for name, column in self.columns().items()}
        return CandleFrame(instrument=self.instrument, timeframe=self.timeframe, **taken)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a DataFrame indexed by `open_time`, aware UTC."""
        # Takes a second to import, in every process; only frames for people and strategies need it.
        import pandas as pd

        columns = self.columns()
        index = pd.DatetimeIndex(columns.pop("open_time"), tz="UTC", name="open_time")
        return pd.DataFrame(columns, index=index)

    @classmethod
    def from_candles(
        cls, instrument: InstrumentId, timeframe: Timeframe, candles: Sequence[Candle]
    ) -> "CandleFrame":
        """Build a frame from candles in time order."""
        return cls(
            instrument=instrument,
            timeframe=timeframe,
            open_time=np.array([to_datetime64(candle.open_time) for candle in candles], TIME_DTYPE),
            **{
                name: np.array([float(getattr(candle, name)) for candle in candles], np.float64)
                for name in ("open", "high", "low", "close", "volume")
            },
            trade_count=np.array(
                [-1 if candle.trade_count is None else candle.trade_count for candle in candles],
                np.int64,
            ),
            complete=np.array([candle.complete for candle in candles], np.bool_),
            flat=np.zeros(len(candles), np.bool_),
        )


_COLUMNS = (
    "open_time", "open", "high", "low", "close", "volume", "trade_count", "complete", "flat",
)  # fmt: skip


def to_datetime64(time: datetime) -> np.datetime64:
    """Convert an aware time to datetime64[us] in UTC."""
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")


def from_datetime64(time: np.datetime64) -> datetime:
    """Convert a datetime64 in UTC to an aware time."""
    naive = cast(datetime, time.astype(TIME_DTYPE).item())
    return naive.replace(tzinfo=UTC)


def fill_flat(frame: CandleFrame, known: Iterable[TimeSpan]) -> CandleFrame:
    """Add a flat candle for each bucket without a trade that lies wholly in a known span.

    Buckets outside the known spans stay absent: empty and unknown differ. Nothing is added before
    the first row, where there is no previous close, nor after the last.
    """
    if len(frame) < 2:
        return frame
    step = np.timedelta64(frame.timeframe.seconds, "s")
    grid = np.arange(frame.open_time[0], frame.open_time[-1] + step, step, dtype=TIME_DTYPE)
    present = np.zeros(len(grid), np.bool_)
    present[(frame.open_time - grid[0]) // step] = True
    wanted = present | _within(grid, step, known)
    grid = grid[wanted]
    source = np.searchsorted(frame.open_time, grid, side="right") - 1
    flat = frame.open_time[source] != grid
    close = frame.close[source]
    return CandleFrame(
        instrument=frame.instrument,
        timeframe=frame.timeframe,
        open_time=grid,
        open=np.where(flat, close, frame.open[source]),
        high=np.where(flat, close, frame.high[source]),
        low=np.where(flat, close, frame.low[source]),
        close=close,
        volume=np.where(flat, 0.0, frame.volume[source]),
        trade_count=np.where(flat, 0, frame.trade_count[source]),
        complete=np.where(flat, True, frame.complete[source]),
        flat=flat | frame.flat[source],
    )


def _within(grid: TimeColumn, step: np.timedelta64, known: Iterable[TimeSpan]) -> BoolColumn:
    inside = np.zeros(len(grid), np.bool_)
    for span in known:
        inside |= (grid >= to_datetime64(span.start)) & (grid + step <= to_datetime64(span.end))
    return inside
