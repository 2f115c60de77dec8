"""Candles as columns: their names, dtypes, index and gaps are defined here only."""

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
    """A span of time [start, end), aware UTC; empty where both are equal.

    Raises InvalidValue if it ends before it starts. Limits that come from two sources, such as the
    end of a tape and a date, may cross: take those by `between`.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InvalidValue(
                f"a span must not end before it starts: {self.start.isoformat()} to "
                f"{self.end.isoformat()}"
            )

    @classmethod
    def between(cls, start: datetime, end: datetime) -> "TimeSpan | None":
        """Return the span between two limits, None unless `start` is before `end`."""
        return cls(start, end) if start < end else None

    def overlap(self, other: "TimeSpan") -> "TimeSpan | None":
        """Return the overlap of both spans, None if there is none."""
        return TimeSpan.between(max(self.start, other.start), min(self.end, other.end))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CandleFrame:
    """Candles of one instrument and timeframe as equally long columns, oldest first.

    `open_time` is datetime64[us] in UTC, strictly rising. Prices and volume are float64.
    `trade_count` is -1 where unknown. `flat` marks rows of known buckets without a trade: all
    prices the previous close, volume 0; they make no prints. A row whose prices and volume are NaN
    is unknown: it represents every bucket up to the next row. Lookback computations restart after
    one.
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
        if length > 1 and not _rises(self.open_time):
            raise InvalidValue(f"{self.instrument} {self.timeframe}: open_time must rise")

    def __len__(self) -> int:
        return len(self.open_time)

    @property
    def unknown(self) -> BoolColumn:
        """Return which rows are unknown."""
        return np.isnan(self.close)

    @property
    def traded(self) -> BoolColumn:
        """Return which rows are candles with trades: neither flat nor unknown."""
        return ~(self.flat | self.unknown)

    def known_rows(self) -> "CandleFrame":
        """Return the frame without its unknown rows."""
        unknown = self.unknown
        return self.take(~unknown) if unknown.any() else self

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return every column by name."""
        return {name: getattr(self, name) for name in _COLUMNS}

    def take(self, rows: "slice | npt.NDArray[Any]") -> "CandleFrame":
        """Return some of the rows, in order."""
        taken = {name: column[rows] for name, column in self.columns().items()}
        return CandleFrame(instrument=self.instrument, timeframe=self.timeframe, **taken)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a DataFrame indexed by `open_time`, aware UTC."""
        # Takes a second to import in every process; only display and strategies need it.
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


def _rises(times: TimeColumn) -> bool:
    # As integers times compare four times as fast; NaT is the least of them.
    values = times.view(np.int64)
    return bool((values[1:] > values[:-1]).all()) and not np.isnat(times[0])


def to_datetime64(time: datetime) -> np.datetime64:
    """Convert an aware time to datetime64[us] in UTC."""
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")


def from_datetime64(time: np.datetime64) -> datetime:
    """Convert a datetime64 in UTC to an aware time."""
    naive = cast(datetime, time.astype(TIME_DTYPE).item())
    return naive.replace(tzinfo=UTC)


def fill_gaps(
    frame: CandleFrame, known: Iterable[TimeSpan], gaps: Gaps, end: datetime | None = None
) -> CandleFrame:
    """Add rows for buckets without one: flat ones for known quiet buckets, one per unknown part.

    Between two rows come first the buckets that lie wholly in a known span, unless `gaps` is
    "skip"; the first one that does not gets an unknown row, which represents all up to the next
    row: after it no price is known. Nothing is added before the first row; after the last one only
    with an `end`, for the buckets that closed by then.
    """
    if not len(frame):
        return frame
    step = np.timedelta64(frame.timeframe.seconds, "s")
    begins, stops = frame.open_time + step, np.append(frame.open_time[1:], _until(frame, end))
    # An unknown row already represents everything up to the next one.
    absent = np.where(frame.unknown, 0, np.maximum((stops - begins) // step, 0))
    if not absent.any():
        return frame
    quiet = np.minimum(absent, _known_buckets(begins, step, known))
    flat = quiet if gaps == "flat" else np.zeros_like(quiet)
    rows = 1 + flat + (quiet < absent)
    source = np.repeat(np.arange(len(frame)), rows)
    place = np.arange(len(source)) - np.repeat(np.cumsum(rows) - rows, rows)
    is_flat = (place > 0) & (place <= flat[source])
    is_unknown = place > flat[source]
    offset = np.where(is_unknown, quiet[source] + 1, place)
    return _with_added(frame, source, frame.open_time[source] + offset * step, is_flat, is_unknown)


def _until(frame: CandleFrame, end: datetime | None) -> np.datetime64:
    """Return the time up to which buckets after the last row are filled: aligned with it."""
    last, step = frame.open_time[-1], np.timedelta64(frame.timeframe.seconds, "s")
    if end is None:
        return cast(np.datetime64, last)
    return cast(np.datetime64, last + (to_datetime64(end) - last) // step * step)


def _known_buckets(
    begins: TimeColumn, step: np.timedelta64, known: Iterable[TimeSpan]
) -> IntColumn:
    """Return how many buckets from each of `begins` on lie wholly in a known span."""
    spans = merge_spans(known)
    if not spans:
        return np.zeros(len(begins), np.int64)
    starts = np.array([to_datetime64(span.start) for span in spans], TIME_DTYPE)
    ends = np.array([to_datetime64(span.end) for span in spans], TIME_DTYPE)
    at = np.searchsorted(starts, begins, side="right") - 1
    count = (ends[np.maximum(at, 0)] - begins) // step
    return np.where(at >= 0, np.maximum(count, 0), 0)


def merge_spans(spans: Iterable[TimeSpan]) -> list[TimeSpan]:
    """Return the union of spans: in time order, apart from each other."""
    merged: list[TimeSpan] = []
    for span in sorted(spans, key=lambda one: one.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = TimeSpan(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _with_added(
    frame: CandleFrame, source: IntColumn, time: TimeColumn, flat: BoolColumn, unknown: BoolColumn
) -> CandleFrame:
    """Return the rows of `source` at these times, some of them made flat or unknown."""
    close = np.where(unknown, np.nan, frame.close[source])
    added = flat | unknown
    nothing = np.where(unknown, np.nan, 0.0)
    return CandleFrame(
        instrument=frame.instrument,
        timeframe=frame.timeframe,
        open_time=time,
        open=np.where(added, close, frame.open[source]),
        high=np.where(added, close, frame.high[source]),
        low=np.where(added, close, frame.low[source]),
        close=close,
        volume=np.where(added, nothing, frame.volume[source]),
        trade_count=np.where(flat, 0, np.where(unknown, -1, frame.trade_count[source])),
        complete=np.where(added, flat, frame.complete[source]),
        flat=np.where(added, flat, frame.flat[source]),
    )
