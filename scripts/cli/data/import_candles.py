"""Import a file of an exchange's candles: all of it, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from data import InstrumentId, Timeframe, TimeSpan
from data.imports.candle_file import CandleFile, CandleSurvey
from data.imports.candle_rows import CANDLE_FIELDS, CandleRows
from data.imports.candle_store import fold_imported, store_exchange_candles
from data.imports.declaration import InstrumentDeclaration
from data.imports.tables.cells import TimeUnit
from data.imports.tables.columns import parse_mapping
from data.imports.tables.formats import open_table
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
from utils.errors import ConfigError

_EXAMPLE = (
    "Example: uv run truetape data import-candles btc_1m.csv --exchange kraken --symbol XBT-USDT "
    "--timeframe 1m --columns open_time=ts_s --time-unit s"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class GapPolicy(StrEnum):
    """The meaning of a candle that a file leaves out: unknown, or without a trade."""

    UNKNOWN = "unknown"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class _Import:
    """The instrument, timeframe and options of an import."""

    instrument: InstrumentId
    timeframe: Timeframe
    declaration: InstrumentDeclaration
    gaps: GapPolicy


class CandleImportReport(msgspec.Struct, kw_only=True):
    """What was read, what was new, and which spans are known from it.

    `rows_empty` are good rows of buckets without a trade: they make no candle, but are known.
    `candles_replaced` are stored ones with other values in this file: the later import counts.
    `candles_folded` are those of coarser timeframes that changed.
    """

    file: str
    instrument: str
    timeframe: Timeframe
    rows_good: int
    rows_empty: int
    rows_repeated: int
    rows_of_other_timeframes: int
    bad_rows: RowProblems
    spans: int = 0
    covered_candles: int = 0
    first_time: datetime | None = None
    last_time: datetime | None = None
    kind: str | None = None
    imported: bool = False
    candles_new: int = 0
    candles_replaced: int = 0
    candles_folded: int = 0


@app.command(epilog=_EXAMPLE)
def main(
    file: File,
    exchange: Exchange,
    symbol: Symbol,
    timeframe: Annotated[Timeframe, typer.Option(help="The length of the file's candles.")],
    columns: Columns = "",
    time_unit: Unit = TimeUnit.MS,
    no_header: NoHeader = False,
    skip_lines: SkipLines = 0,
    delimiter: Delimiter = ",",
    skip_bad: SkipBad = False,
    gaps: Annotated[
        GapPolicy,
        typer.Option(help="quiet: a candle that is left out between two others had no trade."),
    ] = GapPolicy.UNKNOWN,
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
    """Import an exchange's own candles: all of a file, or nothing if a row is bad.

    Candles folded from complete trades stay the better ones; of imported ones the last import
    counts. Coarser candles are folded from them. It may be started again.
    """
    with exit_on_error():
        instrument = instrument_of(exchange, symbol)
        layout = layout_of(no_header=no_header, skip_lines=skip_lines, delimiter=delimiter)
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
        table = open_table(file, layout)
        rows = CandleRows(
            instrument,
            timeframe,
            table.header,
            parse_mapping(columns, CANDLE_FIELDS),
            reader_of(time_unit),
            finished_by=SystemClock().now(),
            price_step=declaration.price_step,
        )
        candles = CandleFile(table, rows, timeframe)
        with bar("Checking rows") as watch:
            survey = candles.check(watch)
        report = _report(file, instrument, timeframe, survey)
        if survey.good and (skip_bad or not survey.bad.count):
            request = _Import(instrument, timeframe, declaration, gaps)
            _require_times(survey, gaps)
            with writable_store(data_dir) as store:
                _store(report, candles, survey, request, store)
    _show(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.imported else ExitCode.FOUND)


def _require_times(survey: CandleSurvey, gaps: GapPolicy) -> None:
    if gaps is GapPolicy.QUIET and survey.timeless:
        problem = (
            f"{survey.timeless:,} bad rows do not tell their time: a candle left out may be one of "
            "them, not quiet; mend them, or leave --gaps out"
        )
        raise ConfigError("--gaps", problem=problem)


def _store(
    report: CandleImportReport,
    candles: CandleFile,
    survey: CandleSurvey,
    request: _Import,
    store: Store,
) -> None:
    spans = survey.spans_if_quiet if request.gaps is GapPolicy.QUIET else survey.spans
    series = request.instrument, request.timeframe
    instrument = keep_instrument(store.instruments, request.instrument, request.declaration)
    report.kind = None if instrument is None else str(instrument.kind)
    with bar("Storing candles") as watch:
        stored = store_exchange_candles(store.candles, *series, candles.candles(watch), spans)
    report.candles_new = stored.changed - stored.replaced
    report.candles_replaced = stored.replaced
    report.candles_folded = fold_imported(store.candles, *series, spans)
    _note_spans(report, spans)
    report.imported = True


def _report(
    file: Path, instrument: InstrumentId, timeframe: Timeframe, survey: CandleSurvey
) -> CandleImportReport:
    report = CandleImportReport(
        file=str(file),
        instrument=str(instrument),
        timeframe=timeframe,
        rows_good=survey.good,
        rows_empty=survey.empty,
        rows_repeated=survey.repeated,
        rows_of_other_timeframes=survey.foreign,
        bad_rows=problems_of(survey.bad),
    )
    _note_spans(report, survey.spans)
    return report


def _note_spans(report: CandleImportReport, spans: Sequence[TimeSpan]) -> None:
    covered = sum((span.end - span.start for span in spans), timedelta(0))
    report.spans = len(spans)
    report.covered_candles = covered // report.timeframe.duration
    report.first_time = spans[0].start if spans else None
    report.last_time = spans[-1].end if spans else None


def _show(report: CandleImportReport, *, as_json: bool) -> None:
    if as_json:
        typer.echo(encode(report).decode())
        return
    show_problems(report.bad_rows)
    if report.rows_of_other_timeframes:
        typer.echo(f"{report.rows_of_other_timeframes:,} rows of other timeframes left alone")
    if not report.imported:
        typer.echo(f"nothing imported: {_rejection_reason(report)}")
        return
    traded = report.rows_good - report.rows_empty
    same = traded - report.candles_new - report.candles_replaced
    quiet = report.covered_candles - traded
    typer.echo(
        f"{report.instrument} {report.timeframe}: {report.candles_new:,} candles imported, "
        f"{same:,} were stored already; {quiet:,} quiet ones known; {report.spans:,} spans without "
        "a gap"
    )
    if report.candles_replaced:
        typer.echo(
            f"{report.candles_replaced:,} stored candles had other values and are replaced: the "
            "later import counts; import the earlier file again to restore it"
        )
    if report.candles_folded:
        typer.echo(f"{report.candles_folded:,} candles of coarser timeframes folded from them")
    if report.kind is None:
        typer.echo(KIND_UNKNOWN)


def _rejection_reason(report: CandleImportReport) -> str:
    if not report.bad_rows.count:
        return f"the file holds no {report.timeframe} candle"
    good, bad = report.rows_good, report.bad_rows.count
    return f"{bad:,} rows are bad, {good:,} are good; --skip-bad imports the good ones"
