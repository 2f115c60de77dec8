"""Fold stored trades again, and compare the result with the stored candles."""

from contextlib import ExitStack
from typing import Annotated

import typer

from data import Timeframe
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import From, Name, To, bounds_given, instrument_named
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = "Example: uv run truetape data verify okx:BTC-USDT --from 2026-01-01 --json"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    name: Name,
    timeframe: Annotated[
        list[Timeframe] | None, typer.Option(help="Repeat for several. Default: all stored.")
    ] = None,
    start: From = None,
    end: To = None,
    exchange_check: Annotated[
        bool, typer.Option("--exchange-check", help="Compare with the exchange's own candles, too.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Verify stored candles by their trades. Exit code 1 if anything does not agree."""
    from scripts.cli.data.tape_verification import (
        open_exchange_query,
        required_span,
        required_timeframes,
        show_report,
        verify_tape,
    )
    from scripts.composition.location import existing_store

    with exit_on_error():
        instrument = instrument_named(name)
        bounds = bounds_given(start, end)
        with ExitStack() as stack:
            store = stack.enter_context(existing_store(data_dir))
            span = bounds.within(required_span(store, instrument))
            chosen = timeframe or required_timeframes(store, instrument)
            fetch = (
                stack.enter_context(open_exchange_query(instrument, store))
                if exchange_check
                else None
            )
            report = verify_tape(store, instrument, chosen, span, fetch)
    show_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.is_good else ExitCode.FOUND)
