import gzip
from collections.abc import Iterable, Iterator
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data import Candle, Timeframe, TimeSpan
from data.errors import InvalidValue
from data.exports import COLUMNS, PAGE_CANDLES, open_sink, pages
from data.imports.tables.cells import TimeUnit
from tests.builders import BTC, a_candle, an_exchange_candle, at
from tests.fakes import InMemoryCandleRepository, InMemoryStore
from tests.unit.data.imports.files import candle_file, ignore
from utils.errors import ConfigError

CANDLES = [a_candle(0, volume="1E-8"), an_exchange_candle(60, volume="12.50")]
LINES = [
    "open_time,open,high,low,close,volume,trades,first_trade_id,last_trade_id,complete,source",
    "2025-01-06T00:00:00+00:00,100,110,90,105,0.00000001,3,1,3,true,trades",
    "2025-01-06T00:01:00+00:00,100,110,90,105,12.50,,,,true,exchange",
]


def export(path: Path, candles: Iterable[Candle] = CANDLES) -> Path:
    with open_sink(path) as sink:
        for candle in candles:
            sink.write([candle])
    return path


def test_csv_holds_exact_decimals_as_text(tmp_path: Path):
    assert export(tmp_path / "a.csv").read_text().splitlines() == LINES


def test_gzipped_csv_is_the_same_and_has_no_time_of_its_own(tmp_path: Path):
    first, second = export(tmp_path / "a.csv.gz"), export(tmp_path / "b.csv.gz")
    assert gzip.decompress(first.read_bytes()).decode().splitlines() == LINES
    assert first.read_bytes() == second.read_bytes()


def test_parquet_holds_exact_decimals_and_times_in_utc(tmp_path: Path):
    table = pq.read_table(export(tmp_path / "a.parquet"))
    assert tuple(table.column_names) == COLUMNS
    first, second = table.to_pylist()
    assert first["open_time"] == at(0)
    assert first["open_time"].utcoffset() == UTC.utcoffset(None)
    assert first["volume"] == Decimal("0.00000001")
    assert (first["trades"], first["first_trade_id"], first["last_trade_id"]) == (3, 1, 3)
    assert (second["trades"], second["complete"], second["source"]) == (None, True, "exchange")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_no_candles_make_a_file_of_a_header(tmp_path: Path, name: str):
    assert export(tmp_path / name, []).exists()


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet"])
def test_what_is_exported_can_be_imported(tmp_path: Path, name: str):
    file = candle_file(export(tmp_path / name), unit=TimeUnit.ISO)
    assert file.check(ignore).bad.count == 0
    assert list(file.candles(ignore)) == [
        an_exchange_candle(0, volume="1E-8", trade_count=3),
        an_exchange_candle(60, volume="12.50"),
    ]


def _running_out() -> Iterator[Candle]:
    yield from CANDLES
    raise OSError("disk full")


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet"])
def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_text("before")
    with pytest.raises(OSError, match="disk full"):
        export(path, _running_out())
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_the_name_determines_the_format(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"a\.xlsx: must end in \.csv, \.csv\.gz, \.parquet"):
        export(tmp_path / "a.xlsx")


def test_digits_that_parquet_cannot_hold_are_refused_and_not_rounded(tmp_path: Path):
    with pytest.raises(InvalidValue, match="more digits than a Parquet decimal allows"):
        export(tmp_path / "a.parquet", [a_candle(0, volume="1E-19")])
    assert list(tmp_path.iterdir()) == []


def test_pages_follow_each_other_without_a_gap():
    candles = InMemoryCandleRepository(InMemoryStore())
    minutes = [0, PAGE_CANDLES - 1, PAGE_CANDLES, 2 * PAGE_CANDLES + 5]
    candles.save([a_candle(minute * 60) for minute in minutes])
    span = TimeSpan(at(0), at((2 * PAGE_CANDLES + 6) * 60))
    read = list(pages(candles.best, BTC, Timeframe.M1, span))
    assert [len(page) for _, page in read] == [2, 1, 1]
    assert read[0][0].end == read[1][0].start
    assert read[-1][0].end == span.end
