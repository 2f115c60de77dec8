"""Import a file of trades: all of it, or nothing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import typer

from data import InstrumentId, Timeframe
from data.imports.candle_store import build_candles
from data.imports.declaration import InstrumentDeclaration
from data.imports.tables.cells import TimeUnit
from data.imports.tables.columns import parse_mapping
from data.imports.tables.formats import open_table
from data.imports.trade_file import TradeFile, TradeSurvey
from data.imports.trade_rows import TRADE_FIELDS, TradeRows
from data.imports.trade_store import TapeImportStats, TradeImporter
from data.verification.candle_rebuild import CandleRebuild, touched_by
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.declarations import (
    KIND_UNKNOWN,
    Base,
    ContractCurrency,
    ContractValue,
    Kind,
    MinSize,
    PriceStep,
    Quote,
    SizeStep,
    declaration_given,
    keep_instrument,
)
from scripts.cli.options.files import (
    Columns,
    Delimiter,
    Exchange,
    File,
    NoHeader,
    RowProblems,
    SkipBad,
    SkipLines,
    Symbol,
    Unit,
    instrument_of,
    layout_of,
    problems_of,
    reader_of,
    show_problems,
)
from scripts.cli.options.standard import AsJson, DataDir
from scripts.cli.progress import bar
from scripts.composition.location import writable_store
from scripts.composition.stores import Store
from utils.clock import SystemClock
from utils.codec import encode

_EXAMPLE = (
    "Example: uv run truetape data import-trades trades.csv.gz --exchange kraken --symbol XBT-USDT "
    "--columns id=trade_id,time=ts_s --time-unit s --build-candles"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class _ImportOptions:
    data_dir: Path | None
    declaration: InstrumentDeclaration
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


@app.command(epilog=_EXAMPLE)
def main(
    file: File,
    exchange: Exchange,
    symbol: Symbol,
    columns: Columns = "",
    time_unit: Unit = TimeUnit.MS,
    no_header: NoHeader = False,
    skip_lines: SkipLines = 0,
    delimiter: Delimiter = ",",
    skip_bad: SkipBad = False,
    build: Annotated[
        bool, typer.Option("--build-candles", help="Fold the trades into all timeframes.")
    ] = False,
    number_rows: Annotated[
        bool,
        typer.Option(
            "--number-rows",
            help="Make ids up of the rows' numbers, where the exchange's are none or full of gaps.",
        ),
    ] = False,
    kind: Kind = None,
    price_step: PriceStep = None,
    size_step: SizeStep = None,
    min_size: MinSize = None,
    contract_value: ContractValue = None,
    contract_currency: ContractCurrency = None,
    base: Base = None,
    quote: Quote = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import trades of any exchange: all of a file, or nothing if a row is bad.

    It may be interrupted and started again: what is stored already is left alone.
    """
    with exit_on_error():
        instrument = instrument_of(exchange, symbol)
        layout = layout_of(no_header=no_header, skip_lines=skip_lines, delimiter=delimiter)
        table = open_table(file, layout)
        mapping = parse_mapping(columns, TRADE_FIELDS)
        declaration = declaration_given(
            kind=kind,
            price_step=price_step,
            size_step=size_step,
            min_size=min_size,
            contract_value=contract_value,
            contract_currency=contract_currency,
            base=base,
            quote=quote,
        )
        rows = TradeRows(
            instrument,
            table.header,
            mapping,
            reader_of(time_unit),
            number_rows=number_rows,
            price_step=declaration.price_step,
            size_step=declaration.size_step,
        )
        options = _ImportOptions(data_dir, declaration, skip_bad, build, number_rows)
        with TemporaryDirectory(prefix="truetape-") as scratch:
            report = _run(TradeFile(table, rows, Path(scratch)), file, instrument, options)
    _show(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.imported else ExitCode.FOUND)


def _run(
    trades: TradeFile, file: Path, instrument: InstrumentId, options: _ImportOptions
) -> TradeImportReport:
    with bar("Checking rows") as watch:
        survey = trades.check(watch)
    report = TradeImportReport(
        file=str(file),
        instrument=str(instrument),
        rows_good=survey.good,
        rows_repeated=survey.repeated,
        bad_rows=problems_of(survey.bad),
        ids_made_up=options.number_rows,
    )
    if survey.good and (options.skip_bad or not survey.bad.count):
        with writable_store(options.data_dir) as store:
            stored = keep_instrument(store.instruments, instrument, options.declaration)
            report.kind = None if stored is None else str(stored.kind)
            done = _store(trades, survey, instrument, store)
            _note(report, done)
            if options.build:
                _build(report, done, instrument, store)
    return report


def _store(
    trades: TradeFile, survey: TradeSurvey, instrument: InstrumentId, store: Store
) -> TapeImportStats:
    importer = TradeImporter(store.trades, store.holes, instrument)
    importer.refuse_another_feed(survey)
    with bar("Comparing with what is stored") as watch:
        importer.refuse_contradictions(trades.trades(watch))
    with bar("Storing trades") as watch:
        return importer.store(trades.trades(watch), SystemClock().now())


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
    with bar("Building candles") as watch:
        rebuild = CandleRebuild(store.trades, store.holes, instrument, span, watch)
        built = build_candles(store.candles, instrument, Timeframe, rebuild)
    report.candles_built, report.candles_new = built


def _show(report: TradeImportReport, *, as_json: bool) -> None:
    if as_json:
        typer.echo(encode(report).decode())
        return
    show_problems(report.bad_rows)
    if not report.imported:
        typer.echo(f"nothing imported: {_rejection_reason(report)}")
        return
    typer.echo(
        f"{report.instrument}: {report.trades_new:,} trades imported, "
        f"{report.trades_stored_already:,} were stored already"
    )
    if report.ids_made_up:
        typer.echo(
            "its ids are made up of the numbers of the rows: they prove nothing against the "
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


def _rejection_reason(report: TradeImportReport) -> str:
    if not report.bad_rows.count:
        return "the file holds no trade"
    good, bad = report.rows_good, report.bad_rows.count
    return f"{bad:,} rows are bad, {good:,} are good; --skip-bad imports the good ones"
