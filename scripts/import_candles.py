"""Import a file of an exchange's candles: all of it, or nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from data import InstrumentId, Timeframe, TimeSpan
from data.importing.candle_file import CandleFile, CandleSurvey
from data.importing.candle_rows import CANDLE_FIELDS, CandleRows
from data.importing.candle_store import store_exchange_candles
from data.importing.cells import TimeUnit
from data.importing.columns import parse_mapping
from data.importing.opening import open_table
from scripts.access import DataDir, writable_store
from scripts.exits import ExitCode, plain_failures
from scripts.file_options import (
    AsJson,
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
from scripts.progress import bar
from scripts.wiring import Store
from utils.clock import SystemClock
from utils.codec import encode

_EXAMPLE = (
    "Example: uv run scripts/import_candles.py btc_1m.csv --exchange kraken --symbol XBT-USDT "
    "--timeframe 1m --columns open_time=ts_s --time-unit s"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class ImportReport(msgspec.Struct, kw_only=True):
    """What was read, what of it was new, and which spans are known from it.

    `rows_empty` are good rows of buckets without a trade: they make no candle, but are known.
    """

    file: str
    instrument: str
    timeframe: Timeframe
    rows_good: int
    rows_empty: int
    rows_repeated: int
    rows_of_other_timeframes: int
    bad_rows: RowProblems
    spans: int
    covered_candles: int
    first_time: datetime | None
    last_time: datetime | None
    imported: bool = False
    candles_new: int = 0


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
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import an exchange's own candles: all of a file, or nothing if a row is bad.

    Candles folded from complete trades stay the better ones. It may be started again.
    """
    with plain_failures():
        instrument = instrument_of(exchange, symbol)
        layout = layout_of(no_header=no_header, skip_lines=skip_lines, delimiter=delimiter)
        table = open_table(file, layout)
        rows = CandleRows(
            instrument,
            timeframe,
            table.header,
            parse_mapping(columns, CANDLE_FIELDS),
            reader_of(time_unit),
            finished_by=SystemClock().now(),
        )
        candles = CandleFile(table, rows, timeframe)
        with bar("Checking rows") as watch:
            survey = candles.check(watch)
        report = _report(file, instrument, timeframe, survey)
        if survey.good and (skip_bad or not survey.bad.count):
            with writable_store(data_dir) as store:
                report.candles_new = _store(candles, survey.spans, instrument, timeframe, store)
                report.imported = True
    _show(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.imported else ExitCode.FOUND)


def _store(
    candles: CandleFile,
    spans: Sequence[TimeSpan],
    instrument: InstrumentId,
    timeframe: Timeframe,
    store: Store,
) -> int:
    with bar("Storing candles") as watch:
        _, new = store_exchange_candles(
            store.candles, instrument, timeframe, candles.candles(watch), spans
        )
    return new


def _report(
    file: Path, instrument: InstrumentId, timeframe: Timeframe, survey: CandleSurvey
) -> ImportReport:
    covered = sum((span.end - span.start for span in survey.spans), timedelta(0))
    return ImportReport(
        file=str(file),
        instrument=str(instrument),
        timeframe=timeframe,
        rows_good=survey.good,
        rows_empty=survey.empty,
        rows_repeated=survey.repeated,
        rows_of_other_timeframes=survey.foreign,
        bad_rows=problems_of(survey.bad),
        spans=len(survey.spans),
        covered_candles=covered // timeframe.duration,
        first_time=survey.spans[0].start if survey.spans else None,
        last_time=survey.spans[-1].end if survey.spans else None,
    )


def _show(report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        typer.echo(encode(report).decode())
        return
    show_problems(report.bad_rows)
    if report.rows_of_other_timeframes:
        typer.echo(f"{report.rows_of_other_timeframes:,} rows of other timeframes left alone")
    if not report.imported:
        typer.echo(f"nothing imported: {_why_not(report)}")
        return
    told = report.rows_good - report.rows_empty
    typer.echo(
        f"{report.instrument} {report.timeframe}: {report.candles_new:,} candles imported, "
        f"{told - report.candles_new:,} were stored already; {report.rows_empty:,} quiet ones "
        f"known; {report.spans:,} spans without a gap"
    )


def _why_not(report: ImportReport) -> str:
    if not report.bad_rows.count:
        return f"the file holds no {report.timeframe} candle"
    good, bad = report.rows_good, report.bad_rows.count
    return f"{bad:,} rows are bad, {good:,} are good; --skip-bad imports the good ones"


if __name__ == "__main__":
    app()
