"""Export of stored backtests: JSON of everything, CSV or Parquet of one table, a report.

Files are complete or absent. Decimals are exact: text in JSON and CSV, decimals in Parquet.
"""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from backtesting.errors import ExportFailed
from backtesting.record import BacktestRecord, EquitySample
from bot_manager.trading import RoundTrip
from utils.codec import encode
from utils.errors import ConfigError
from utils.files import atomic_write

if TYPE_CHECKING:
    import pandas as pd


class BacktestTable(StrEnum):
    """Tables that can be exported."""

    ROUND_TRIPS = "round_trips"
    EQUITY = "equity"
    METRICS = "metrics"


class _MetricRow(msgspec.Struct, frozen=True):
    metric: str
    value: float | None


_ROWS: dict[BacktestTable, tuple[type[msgspec.Struct], Callable[[BacktestRecord], list[Any]]]] = {
    BacktestTable.ROUND_TRIPS: (RoundTrip, lambda record: record.round_trips),
    BacktestTable.EQUITY: (EquitySample, lambda record: record.equity),
    BacktestTable.METRICS: (
        _MetricRow,
        lambda record: [_MetricRow(*item) for item in record.summary.metrics.items()],
    ),
}


def export_backtest(
    record: BacktestRecord,
    path: Path,
    table: BacktestTable = BacktestTable.ROUND_TRIPS,
    report: Callable[[], str] | None = None,
) -> None:
    """Write a file in the format of its suffix: .json, .csv, .parquet, or .html from `report`.

    Raises ConfigError for another suffix, ExportFailed.
    """
    writers: dict[str, Callable[[BinaryIO], None]] = {
        ".json": lambda raw: _write_json(record, raw),
        ".csv": lambda raw: _write_csv(record, table, raw),
        ".parquet": lambda raw: _write_parquet(record, table, raw),
    }
    if report is not None:
        writers[".html"] = lambda raw: _write_text(report(), raw)
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise ConfigError(str(path), problem=f"must end in {', '.join(writers)}")
    with _failing_plainly(path), atomic_write(path) as raw:
        writer(raw)


def result_frame(record: BacktestRecord, table: BacktestTable) -> "pd.DataFrame":
    """Return one table of a backtest as a DataFrame, for research.

    Decimals become float64: exact ones are in the files and in the record. Times are aware UTC.
    """
    rows = _arrow_table(record, table)
    decimals = [field.name for field in rows.schema if pa.types.is_decimal(field.type)]
    # By Python: Arrow's own cast to float64 is off by a last digit.
    frame: pd.DataFrame = rows.to_pandas().astype(dict.fromkeys(decimals, "float64"))
    return frame


@contextmanager
def _failing_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportFailed(
            f"{path}: {error.strerror or error}: nothing was written; free disk space, or choose "
            "another folder"
        ) from error


def _write_json(record: BacktestRecord, raw: BinaryIO) -> None:
    raw.write(msgspec.json.format(encode(record), indent=1))


def _write_text(text: str, raw: BinaryIO) -> None:
    raw.write(text.encode())


def _write_csv(record: BacktestRecord, table: BacktestTable, raw: BinaryIO) -> None:
    kind, rows = _ROWS[table]
    lines = TextIOWrapper(raw, encoding="utf-8", newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(_columns(kind))
    writer.writerows([_text(value) for value in _values(row)] for row in rows(record))
    lines.flush()
    lines.detach()


def _write_parquet(record: BacktestRecord, table: BacktestTable, raw: BinaryIO) -> None:
    pq.write_table(_arrow_table(record, table), raw)


def _arrow_table(record: BacktestRecord, table: BacktestTable) -> pa.Table:
    kind, rows = _ROWS[table]
    columns = list(zip(*(_values(row) for row in rows(record)), strict=True))
    arrays = [pa.array(column) for column in columns] or [pa.nulls(0) for _ in _columns(kind)]
    return pa.table(arrays, names=_columns(kind))


def _columns(kind: type[msgspec.Struct]) -> list[str]:
    return [name for name in kind.__struct_fields__ if name != "account"]


def _values(row: msgspec.Struct) -> list[object]:
    values = [getattr(row, name) for name in _columns(type(row))]
    return [
        getattr(value, "name", value).lower() if _is_named(value) else value for value in values
    ]


def _is_named(value: object) -> bool:
    """Return whether a value is an enum member: a side or a reason."""
    return hasattr(value, "name")


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case float():
            return repr(value)
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)
