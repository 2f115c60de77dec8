"""The import of candles, and its report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import typer

from data import Timeframe, TimeSpan
from data.imports.candle_file import CandleFile, CandleSurvey
from data.imports.candle_rows import CandleRows
from data.imports.candle_store import fold_imported, store_exchange_candles
from scripts.cli.data.declaration import KIND_UNKNOWN, keep_instrument
from scripts.cli.data.import_file import (
    ImportFile,
    RowProblems,
    is_importable,
    problems_of,
    show_problems,
    show_rejection,
)
from scripts.cli.options.imports import GapPolicy
from scripts.cli.progress import bar
from scripts.composition.location import writable_store
from scripts.composition.stores import Store
from utils.clock import SystemClock
from utils.codec import encode
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True)
class CandleImportOptions:
    """The options of an import beside its file."""

    data_dir: Path | None
    timeframe: Timeframe
    gaps: GapPolicy
    skip_bad: bool


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


def run_import(file: ImportFile, options: CandleImportOptions) -> CandleImportReport:
    """Check a file and store its candles, or report its bad rows. Raises TruetapeError."""
    candles = CandleFile(file.table, _rows_of(file, options.timeframe), options.timeframe)
    with bar("Checking rows") as on_progress:
        survey = candles.check(on_progress)
    report = _report_of(file, options.timeframe, survey)
    if is_importable(survey.good, survey.bad, skip_bad=options.skip_bad):
        _require_times(survey, options.gaps)
        with writable_store(options.data_dir) as store:
            spans = survey.spans_if_quiet if options.gaps is GapPolicy.QUIET else survey.spans
            _store(report, candles, spans, file, store)
    return report


def _rows_of(file: ImportFile, timeframe: Timeframe) -> CandleRows:
    return CandleRows(
        file.instrument,
        timeframe,
        file.table.header,
        file.mapping,
        file.reader,
        finished_by=SystemClock().now(),
        price_step=file.declaration.price_step,
    )


def _require_times(survey: CandleSurvey, gaps: GapPolicy) -> None:
    """Raise ConfigError if a bad row without a time could be a candle taken as quiet."""
    if gaps is GapPolicy.QUIET and survey.timeless:
        problem = (
            f"{survey.timeless:,} bad rows have no readable time: a candle left out may be one of "
            "them, not quiet; correct them, or omit --gaps"
        )
        raise ConfigError("--gaps", problem=problem)


def _store(
    report: CandleImportReport,
    candles: CandleFile,
    spans: Sequence[TimeSpan],
    file: ImportFile,
    store: Store,
) -> None:
    """Store the candles of a file, fold coarser ones, and record them in the report."""
    series = file.instrument, report.timeframe
    instrument = keep_instrument(store.instruments, file.instrument, file.declaration)
    report.kind = None if instrument is None else str(instrument.kind)
    with bar("Storing candles") as on_progress:
        stored = store_exchange_candles(store.candles, *series, candles.candles(on_progress), spans)
    report.candles_new = stored.changed - stored.replaced
    report.candles_replaced = stored.replaced
    report.candles_folded = fold_imported(store.candles, *series, spans)
    _note_spans(report, spans)
    report.imported = True


def _report_of(file: ImportFile, timeframe: Timeframe, survey: CandleSurvey) -> CandleImportReport:
    report = CandleImportReport(
        file=str(file.path),
        instrument=str(file.instrument),
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


def show_report(report: CandleImportReport, *, as_json: bool) -> None:
    """Print a report."""
    if as_json:
        typer.echo(encode(report).decode())
        return
    show_problems(report.bad_rows)
    if report.rows_of_other_timeframes:
        typer.echo(f"{report.rows_of_other_timeframes:,} rows of other timeframes left alone")
    if not report.imported:
        empty = f"the file holds no {report.timeframe} candle"
        show_rejection(report.rows_good, report.bad_rows, empty=empty)
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
