"""Write stored candles into a file."""

from pathlib import Path
from typing import Annotated

import typer

from data import Timeframe
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

_EXAMPLE = (
    "Example: uv run truetape data export okx:BTC-USDT btc_1h.parquet --timeframe 1h "
    "--from 2026-01-01"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


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
    from scripts.cli.data.candle_export import export_candles
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
