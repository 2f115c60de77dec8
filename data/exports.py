"""Export candles to a file: CSV or Parquet, both with exact decimals.

They are read in pages, so that a span of any length takes constant memory. A file is written
atomically.
"""

import csv
import gzip
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import InvalidValue
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from utils.errors import ConfigError
from utils.files import atomic_write

COLUMNS = (
    "open_time", "open", "high", "low", "close", "volume", "trades", "first_trade_id",
    "last_trade_id", "complete", "source",
)  # fmt: skip

PAGE_CANDLES = 20_000
_EXACT = pa.decimal128(38, 18)
_SCHEMA = pa.schema(
    [
        ("open_time", pa.timestamp("us", tz="UTC")),
        *((name, _EXACT) for name in ("open", "high", "low", "close", "volume")),
        *((name, pa.int64()) for name in ("trades", "first_trade_id", "last_trade_id")),
        ("complete", pa.bool_()),
        ("source", pa.string()),
    ]
)


class ReadCandles(Protocol):
    """One of a repository's two read methods: `announced` or `best`."""

    def __call__(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        """Return the candles that open in [start, end)."""


def pages(
    read: ReadCandles, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
) -> Iterator[tuple[TimeSpan, list[Candle]]]:
    """Yield the stored candles that open in a span, part by part, the oldest first."""
    start = span.start
    while start < span.end:
        end = min(span.end, start + PAGE_CANDLES * timeframe.duration)
        yield TimeSpan(start, end), read(instrument, timeframe, start, end)
        start = end


class CandleSink(ABC):
    """A file of candles that is being written."""

    @abstractmethod
    def write(self, candles: Sequence[Candle]) -> None:
        """Append candles."""


class _CsvSink(CandleSink):
    def __init__(self, lines: TextIO) -> None:
        self._writer = csv.writer(lines, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def write(self, candles: Sequence[Candle]) -> None:
        self._writer.writerows(_texts(candle) for candle in candles)


class _ParquetSink(CandleSink):
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, candles: Sequence[Candle]) -> None:
        if not candles:
            return
        columns = zip(*(_values(candle) for candle in candles), strict=True)
        try:
            arrays = [pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)]
        except pa.ArrowInvalid as error:
            raise InvalidValue(
                f"a candle has more digits than a Parquet decimal allows: {error}; export to CSV"
            ) from error
        self._writer.write_batch(pa.record_batch(arrays, _SCHEMA))


@contextmanager
def open_sink(path: Path) -> Iterator[CandleSink]:
    """Write a new file in the format of its name: .csv, .csv.gz or .parquet.

    It replaces an existing file when the block ends without an error; until then, and if the
    block raises, the existing file stays unchanged. Raises ConfigError for another name.
    """
    opener = _opener(path)
    with atomic_write(path) as raw, ExitStack() as stack:
        yield opener(stack, raw)


def _opener(path: Path) -> Any:
    openers = {".csv": _open_csv, ".csv.gz": _open_gzipped_csv, ".parquet": _open_parquet}
    for suffix, opener in openers.items():
        if path.name.lower().endswith(suffix):
            return opener
    raise ConfigError(str(path), problem=f"must end in {', '.join(openers)}")


def _open_csv(stack: ExitStack, raw: BinaryIO) -> CandleSink:
    lines = TextIOWrapper(raw, encoding="utf-8", newline="", write_through=False)
    stack.callback(lines.detach)
    return _CsvSink(lines)


def _open_gzipped_csv(stack: ExitStack, raw: BinaryIO) -> CandleSink:
    packed = stack.enter_context(gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0))
    return _open_csv(stack, cast(BinaryIO, packed))


def _open_parquet(stack: ExitStack, raw: BinaryIO) -> CandleSink:
    return _ParquetSink(stack.enter_context(pq.ParquetWriter(raw, _SCHEMA)))


def _values(candle: Candle) -> tuple[object, ...]:
    return (
        candle.open_time, candle.open, candle.high, candle.low, candle.close, candle.volume,
        candle.trade_count, candle.first_trade_id, candle.last_trade_id, candle.complete,
        str(candle.source),
    )  # fmt: skip


def _texts(candle: Candle) -> list[str]:
    return [_text(value) for value in (candle.open_time.isoformat(), *_values(candle)[1:])]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)
