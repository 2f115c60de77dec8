"""Write stored candles into a file."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from data import InstrumentId, Timeframe, TimeSpan
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import (
    From,
    Name,
    To,
    bounds_given,
    instrument_named,
    span_within,
)
from scripts.cli.options.standard import AsJson, DataDir

if TYPE_CHECKING:
    from data.exports import ReadCandles

_EXAMPLE = (
    "Example: uv run truetape data export okx:BTC-USDT btc_1h.parquet --timeframe 1h "
    "--from 2026-01-01"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class ExportReport(msgspec.Struct, kw_only=True):
    """The written file and its candles."""

    file: str
    instrument: str
    timeframe: Timeframe
    candles: int
    first_time: datetime | None = None
    last_time: datetime | None = None


@app.command(epilog=_EXAMPLE)
def main(
    name: Name,
    file: Annotated[Path, typer.Argument(help=".csv, .csv.gz or .parquet", dir_okay=False)],
    timeframe: Annotated[Timeframe, typer.Option()] = Timeframe.M1,
    start: From = None,
    end: To = None,
    announced: Annotated[
        bool, typer.Option("--announced/--best", help="As first stored, or as known today.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Export candles with exact decimals. The file appears whole or not at all."""
    from scripts.composition.location import existing_store
    from utils.codec import encode

    with exit_on_error():
        instrument = instrument_named(name)
        bounds = bounds_given(start, end)
        with existing_store(data_dir) as store:
            span = span_within(store.candles, instrument, timeframe, bounds)
            read = store.candles.announced if announced else store.candles.best
            report = export_candles(read, file, instrument, timeframe, span)
    if as_json:
        typer.echo(encode(report).decode())
    else:
        typer.echo(f"{report.candles:,} {timeframe} candles of {instrument} written to {file}")
    raise typer.Exit(ExitCode.OK if report.candles else ExitCode.FOUND)


def export_candles(
    read: "ReadCandles", file: Path, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
) -> ExportReport:
    """Write the candles of a span into a file, complete or not at all. Raises OSError."""
    from data.exports import open_sink, pages
    from scripts.cli.progress import bar

    report = ExportReport(
        file=str(file), instrument=str(instrument), timeframe=timeframe, candles=0
    )
    length = span.end - span.start
    with open_sink(file) as sink, bar("Writing candles") as on_progress:
        for part, candles in pages(read, instrument, timeframe, span):
            sink.write(candles)
            report.candles += len(candles)
            if candles:
                report.first_time = report.first_time or candles[0].open_time
                report.last_time = candles[-1].open_time
            on_progress((part.end - span.start) / length)
    return report
