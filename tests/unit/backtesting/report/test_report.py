"""Files of a stored backtest: complete, exact, and a page without other files."""

import csv
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest

from backtesting.archive.export import BacktestTable, export_backtest, result_frame
from backtesting.archive.record_builder import record_of
from backtesting.errors import ExportFailed
from backtesting.metrics import METRICS
from backtesting.record import BacktestRecord
from backtesting.report.figures import (
    candles_figure,
    drawdown_figure,
    equity_figure,
    exposure_figure,
    joined_candles,
    round_trips_figure,
)
from backtesting.report.formats import UNDEFINED, format_metric
from backtesting.report.page import report_page
from data import CandleFrame
from tests.backtest_world import World
from tests.builders import START
from utils.codec import decode
from utils.errors import ConfigError


@pytest.fixture(scope="module")
def world() -> World:
    world = World()
    world.add_minutes(6 * 1440)
    return world


@pytest.fixture(scope="module")
def record(world: World) -> BacktestRecord:
    """Return a run with round trips of both sides."""
    config = world.config(start=START + timedelta(days=2), end=START + timedelta(days=6))
    return record_of(world.engine().run(config), START)


@pytest.fixture(scope="module")
def candles(world: World) -> CandleFrame:
    config = world.config(start=START + timedelta(days=2), end=START + timedelta(days=6))
    return next(world.engine().run(config).history.candles())


def test_json_is_read_back_as_it_was(record: BacktestRecord, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    export_backtest(record, path)
    assert decode(BacktestRecord, path.read_bytes()) == record


def test_csv_holds_exact_decimals(record: BacktestRecord, tmp_path: Path) -> None:
    path = tmp_path / "trips.csv"
    export_backtest(record, path)
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [Decimal(row["profit"]) for row in rows] == [t.profit for t in record.round_trips]
    assert {row["side"] for row in rows} == {"buy", "sell"}
    assert {row["exit_reason"] for row in rows} == {"signal"}
    assert rows[0]["entry_time"] == record.round_trips[0].entry_time.isoformat()


def test_parquet_holds_exact_decimals(record: BacktestRecord, tmp_path: Path) -> None:
    path = tmp_path / "equity.parquet"
    export_backtest(record, path, BacktestTable.EQUITY)
    rows = pq.read_table(path).to_pylist()
    assert [row["equity"] for row in rows] == [sample.equity for sample in record.equity]


def test_a_frame_holds_the_rows_as_floats_and_aware_times(record: BacktestRecord) -> None:
    exported = result_frame(record, BacktestTable.ROUND_TRIPS)
    assert exported["profit"].dtype == "float64"
    assert list(exported["profit"]) == [
        float(round_trip.profit) for round_trip in record.round_trips
    ]
    assert list(exported["entry_time"]) == [
        round_trip.entry_time for round_trip in record.round_trips
    ]
    assert str(exported["entry_time"].dt.tz) == "UTC"
    assert set(exported["side"]) == {"buy", "sell"}
    unheld = msgspec.structs.replace(record.equity[0], benchmark=None)
    equity = result_frame(
        msgspec.structs.replace(record, equity=[unheld, *record.equity]), BacktestTable.EQUITY
    )
    assert equity["benchmark"].isna().tolist() == [True] + [False] * len(record.equity)
    metrics = result_frame(record, BacktestTable.METRICS).set_index("metric")["value"]
    assert metrics["net_profit"] == record.summary.metrics["net_profit"]


@pytest.mark.parametrize("table", BacktestTable)
def test_a_frame_of_a_run_without_anything_has_its_columns(
    record: BacktestRecord, table: BacktestTable
) -> None:
    bare = msgspec.structs.replace(record, round_trips=[], equity=[])
    assert list(result_frame(bare, table)) == list(result_frame(record, table))


@pytest.mark.parametrize("table", BacktestTable)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_run_without_anything_is_an_empty_table(
    record: BacktestRecord, tmp_path: Path, table: BacktestTable, suffix: str
) -> None:
    bare = msgspec.structs.replace(record, round_trips=[], equity=[])
    path = tmp_path / f"bare{suffix}"
    export_backtest(bare, path, table)
    assert path.stat().st_size > 0


def test_another_name_is_refused(record: BacktestRecord, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"must end in \.json, \.csv, \.parquet"):
        export_backtest(record, tmp_path / "run.xlsx")


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Make writing fail as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["run.json", "run.csv", "run.parquet", "run.html"])
def test_a_full_disk_leaves_what_was_there(
    record: BacktestRecord, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_text("before")
    with no_file_above(1_000), pytest.raises(ExportFailed, match="nothing was written"):
        export_backtest(record, path, report=lambda: "x" * 2_000)
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_the_page_holds_every_metric_and_every_figure(
    record: BacktestRecord, candles: CandleFrame
) -> None:
    page = report_page(record, "window.Plotly = {};", candles)
    for metric in METRICS.values():
        value = record.summary.metrics[metric.definition.name]
        assert format_metric(metric.definition, value, record.summary.quote) in page
        assert metric.definition.title in page
    for name in ("equity", "drawdown", "exposure", "trips", "candles"):
        assert f'id="figure-{name}"' in page
    assert record.summary.digests.outcome in page
    assert "http://" not in page
    assert "https://" not in page


def test_money_of_a_coin_is_not_rounded_to_nothing() -> None:
    definition = METRICS["net_profit"].definition
    assert format_metric(definition, -0.00236921, "BTC") == "-0.00236921"
    assert format_metric(definition, -0.00236921, "USDT") == "-0.00237"
    assert format_metric(definition, None, "BTC") == UNDEFINED


class _Scripts(HTMLParser):
    """Collects the names of elements."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 the parser's signature
        self.names.append(tag)


def test_text_of_users_cannot_break_the_page(record: BacktestRecord) -> None:
    summary = msgspec.structs.replace(
        record.summary,
        note="<script>alert(1)</script>",
        config=record.summary.config | {"strategy": "</pre><b>"},
    )
    plain, parser = _Scripts(), _Scripts()
    plain.feed(report_page(record, ""))
    evil = msgspec.structs.replace(record, summary=summary)
    page = report_page(evil, "'</script>'")
    parser.feed(page)
    assert [n for n in parser.names if n != "br"] == [n for n in plain.names if n != "br"]
    assert "alert(1)</script>" not in page


def test_figures_are_plain_json(record: BacktestRecord, candles: CandleFrame) -> None:
    figures = [
        equity_figure(record), drawdown_figure(record), exposure_figure(record),
        round_trips_figure(record), candles_figure(candles, record.round_trips),
    ]  # fmt: skip
    for figure in figures:
        assert json.loads(json.dumps(figure, allow_nan=False)) == figure
        assert figure["data"]
    assert sum(figures[3]["data"][0]["y"]) == len(record.round_trips)
    depth = min(figures[1]["data"][0]["y"])
    assert -depth >= (record.summary.metrics["max_drawdown"] or 0.0) - 1e-12


def test_many_candles_are_joined(candles: CandleFrame) -> None:
    joined = joined_candles(candles, 100)
    assert len(joined["open"]) <= 100
    assert joined["high"].max() == candles.high.max()
    assert joined["low"].min() == candles.low.min()
    assert joined["close"][-1] == candles.close[-1]
    assert np.all(joined["low"] <= joined["open"])
    assert len(joined_candles(candles.take(slice(0, 0)), 100)["open"]) == 0
