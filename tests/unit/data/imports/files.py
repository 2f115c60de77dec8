"""Small files for tests of importing."""

import gzip
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from data import Timeframe
from data.imports.candle_file import CandleFile
from data.imports.candle_rows import CandleRows
from data.imports.tables.cells import TimeUnit, time_reader
from data.imports.tables.formats import open_table
from data.imports.tables.table import Layout
from data.imports.trade_file import TradeFile
from data.imports.trade_rows import TradeRows
from tests.builders import BTC

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TRADE_HEADER = "id,time,price,size,side"
CANDLE_HEADER = "open_time,open,high,low,close,volume"


def ignore(_: float) -> None:
    """Watch nothing."""


def write(folder: Path, lines: Iterable[str], name: str = "file.csv") -> Path:
    """Write lines into a file; gzipped if its name ends so."""
    path = folder / name
    raw = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


def a_trade_row(trade_id: int, ms: int = 0, *, price: str = "100", size: str = "1") -> str:
    """Return a line of TRADE_HEADER, `ms` after 2025-01-06."""
    return f"{trade_id},{1736121600000 + ms},{price},{size},buy"


def a_candle_row(
    minute: int,
    *,
    ohlc: tuple[str, str, str, str] = ("100", "110", "90", "105"),
    volume: str = "3",
) -> str:
    """Return a line of CANDLE_HEADER, `minute` after 2025-01-06."""
    return ",".join([str(1736121600000 + minute * 60_000), *ohlc, volume])


def trade_file(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    unit: TimeUnit = TimeUnit.MS,
    layout: Layout | None = None,
    number_rows: bool = False,
    price_step: str | None = None,
) -> TradeFile:
    """Open a file of BTC's trades; it sorts beside itself."""
    table = open_table(path, layout or Layout())
    rows = TradeRows(
        BTC,
        table.header,
        mapping or {},
        time_reader(unit, NOW),
        number_rows=number_rows,
        price_step=None if price_step is None else Decimal(price_step),
    )
    return TradeFile(table, rows, path.parent)


def candle_file(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    unit: TimeUnit = TimeUnit.MS,
    layout: Layout | None = None,
    timeframe: Timeframe = Timeframe.M1,
    price_step: str | None = None,
) -> CandleFile:
    """Open a file of BTC's candles."""
    table = open_table(path, layout or Layout())
    step = None if price_step is None else Decimal(price_step)
    read_time = time_reader(unit, NOW)
    rows = CandleRows(BTC, timeframe, table.header, mapping or {}, read_time, NOW, step)
    return CandleFile(table, rows, timeframe)
