"""The import of trades, and its report."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import typer

from data import InstrumentId, Timeframe
from data.imports.candle_store import build_candles
from data.imports.trade_file import TradeFile, TradeSurvey
from data.imports.trade_rows import TradeRows
from data.imports.trade_store import TapeImportStats, TradeImporter
from data.verification.candle_rebuild import CandleRebuild, touched_by
from scripts.cli.data.declaration import KIND_UNKNOWN, keep_instrument
from scripts.cli.data.import_file import (
    ImportFile,
    RowProblems,
    is_importable,
    problems_of,
    show_problems,
    show_rejection,
)
from scripts.cli.progress import bar
from scripts.composition.location import writable_store
from scripts.composition.stores import Store
from utils.clock import SystemClock
from utils.codec import encode


@dataclass(frozen=True, slots=True)
class TradeImportOptions:
    """The options of an import beside its file."""

    data_dir: Path | None
    skip_bad: bool
    build: bool
    number_rows: bool


class TradeImportReport(msgspec.Struct, kw_only=True):
    """What was read, what was new, and which candles were built from it.

    `ids_made_up`: the trades' ids are the numbers of their rows, not those of the exchange.
    """

    file: str
    instrument: str
    rows_good: int
    rows_repeated: int
    bad_rows: RowProblems
    ids_made_up: bool = False
    kind: str | None = None
    imported: bool = False
    trades_new: int = 0
    trades_stored_already: int = 0
    holes_declared: int = 0
    holes_filled: int = 0
    first_time: datetime | None = None
    last_time: datetime | None = None
    candles_built: int = 0
    candles_new: int = 0


def run_import(file: ImportFile, options: TradeImportOptions) -> TradeImportReport:
    """Check a file and store its trades, or report its bad rows. Raises TruetapeError."""
    rows = _rows_of(file, number_rows=options.number_rows)
    with TemporaryDirectory(prefix="truetape-") as scratch:
        trades = TradeFile(file.table, rows, Path(scratch))
        with bar("Checking rows") as on_progress:
            survey = trades.check(on_progress)
        report = TradeImportReport(
            file=str(file.path),
            instrument=str(file.instrument),
            rows_good=survey.good,
            rows_repeated=survey.repeated,
            bad_rows=problems_of(survey.bad),
            ids_made_up=options.number_rows,
        )
        if is_importable(survey.good, survey.bad, skip_bad=options.skip_bad):
            with writable_store(options.data_dir) as store:
                stored = keep_instrument(store.instruments, file.instrument, file.declaration)
                report.kind = None if stored is None else str(stored.kind)
                done = _store(trades, survey, file.instrument, store)
                _note(report, done)
                if options.build:
                    _build(report, done, file.instrument, store)
    return report


def _rows_of(file: ImportFile, *, number_rows: bool) -> TradeRows:
    return TradeRows(
        file.instrument,
        file.table.header,
        file.mapping,
        file.reader,
        number_rows=number_rows,
        price_step=file.declaration.price_step,
        size_step=file.declaration.size_step,
    )


def _store(
    trades: TradeFile, survey: TradeSurvey, instrument: InstrumentId, store: Store
) -> TapeImportStats:
    importer = TradeImporter(store.trades, store.holes, instrument)
    importer.refuse_another_feed(survey)
    with bar("Comparing with what is stored") as on_progress:
        importer.refuse_contradictions(trades.trades(on_progress))
    with bar("Storing trades") as on_progress:
        return importer.store(trades.trades(on_progress), SystemClock().now())


def _note(report: TradeImportReport, done: TapeImportStats) -> None:
    report.imported = True
    report.trades_new = done.new
    report.trades_stored_already = done.offered - done.new
    report.holes_declared = done.holes
    report.holes_filled = done.filled
    report.first_time = done.first.time if done.first else None
    report.last_time = done.last.time if done.last else None


def _build(
    report: TradeImportReport, done: TapeImportStats, instrument: InstrumentId, store: Store
) -> None:
    assert done.first is not None
    assert done.last is not None
    span = touched_by(store.trades, instrument, done.first.time, done.last.time)
    with bar("Building candles") as on_progress:
        rebuild = CandleRebuild(store.trades, store.holes, instrument, span, on_progress)
        built = build_candles(store.candles, instrument, Timeframe, rebuild)
    report.candles_built, report.candles_new = built


def show_report(report: TradeImportReport, *, as_json: bool) -> None:
    """Print a report."""
    if as_json:
        typer.echo(encode(report).decode())
        return
    show_problems(report.bad_rows)
    if not report.imported:
        show_rejection(report.rows_good, report.bad_rows, empty="the file holds no trade")
        return
    typer.echo(
        f"{report.instrument}: {report.trades_new:,} trades imported, "
        f"{report.trades_stored_already:,} were stored already"
    )
    if report.ids_made_up:
        typer.echo(
            "its ids are the numbers of the rows: they cannot be compared with those of the "
            "exchange, and files of real ids, or others numbered so, are refused from now on"
        )
    if report.kind is None:
        typer.echo(KIND_UNKNOWN)
    if report.holes_declared or report.holes_filled:
        typer.echo(
            f"{report.holes_declared:,} holes declared where ids are missing, "
            f"{report.holes_filled:,} holes filled"
        )
    if report.candles_built:
        typer.echo(f"{report.candles_built:,} candles built, {report.candles_new:,} of them new")
