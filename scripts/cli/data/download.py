"""Download missing history: the exchange's own candles, or its trades."""

import asyncio
from typing import Annotated

import typer

from data import Timeframe
from scripts.cli.exits import exit_on_error
from scripts.cli.options.instruments import From, Name, To, bounds_given, instrument_named
from scripts.cli.options.parsers import NUMBER
from scripts.cli.options.parsers import days as days_option
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = "Example: uv run truetape data download okx:BTC-USDT --days 365"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    name: Name,
    days: Annotated[
        float, typer.Option(parser=days_option(0.01), metavar=NUMBER, help="Back from --to.")
    ] = 30.0,
    start: From = None,
    end: To = None,
    timeframe: Annotated[
        Timeframe, typer.Option(help="Coarser ones are folded from it.")
    ] = Timeframe.M1,
    trades: Annotated[
        bool, typer.Option("--trades", help="Download trades, and fold them into candles.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Download what is not known yet of an instrument's past.

    It keeps within the exchange's limits, also beside a running collector, and may be interrupted
    and started again: what is known is not requested.
    """
    from scripts.cli.data.history_download import (
        DownloadReport,
        build_from,
        download_candles,
        download_trades,
        show_report,
        span_to_download,
    )
    from scripts.composition.location import writable_store

    with exit_on_error():
        instrument = instrument_named(name)
        span = span_to_download(days, bounds_given(start, end))
        with writable_store(data_dir) as store:
            report = DownloadReport(instrument=str(instrument), start=span.start, end=span.end)
            if trades:
                report.trades = asyncio.run(download_trades(instrument, span, store))
                report.candles_built = build_from(report.trades, instrument, store)
            else:
                report.candles = asyncio.run(download_candles(instrument, timeframe, span, store))
    show_report(report, as_json=as_json)
