"""Evaluate many parameters of a strategy on one history, on every core or a cluster."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.backtests import BacktestOptions
from scripts.cli.options.groups import with_option_groups
from scripts.cli.options.parsers import MAX_ROWS
from scripts.cli.options.standard import AsJson, DataDir
from scripts.cli.options.sweeps import SearchOptions

_EXAMPLE = (
    "Example: uv run truetape sweep run okx:BTC-USDT --strategy EmaCrossover --timeframe 1h "
    "--vary fast=5..50:5 --vary slow=20..200:20 --heat-map fast,slow"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
@with_option_groups
def main(
    options: BacktestOptions,
    search_options: SearchOptions,
    metric: Annotated[
        list[str] | None, typer.Option(help="Measured of every trial, too; repeat.")
    ] = None,
    top: Annotated[
        int, typer.Option(min=1, max=MAX_ROWS, help="How many of the best are shown.")
    ] = 10,
    heat_map: Annotated[str | None, typer.Option(help="Two parameters: fast,slow.")] = None,
    table: Annotated[Path | None, typer.Option(help="Write every trial to a CSV file.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Try parameters; what was tried before is taken from the store, so a sweep goes on.

    Exit code 1 if nothing came of any trial.
    """
    from scripts.cli.sweep.report import show_sweep, write_table
    from scripts.cli.sweep.search import (
        SweepRequest,
        axes_of,
        open_search,
        report_of,
        run_search,
        sweep_config,
    )

    with exit_on_error():
        varied, axes = search_options.varied(), axes_of(heat_map)
        with open_search(options, search_options, data_dir) as opened:
            config = sweep_config(opened.config, varied, search_options)
            request = SweepRequest(config=config, metrics=metric or [], axes=axes)
            done = run_search(opened, request)
            report = report_of(done, request, top, opened.store)
        if table is not None:
            report.table = write_table(table, done.outcome.table, done.prepared.evaluator.metrics)
    if as_json:
        report.parallel_coordinates = done.outcome.table.parallel_coordinates(request.objective)
    show_sweep(report, config.backtest.instrument_id.quote, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.best else ExitCode.FOUND)
