"""Run one backtest over stored history, store it, and show its result."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.backtests import BacktestOptions
from scripts.cli.options.groups import with_option_groups
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = (
    "Example: uv run truetape backtest run okx:BTC-USDT --strategy EmaCrossover --timeframe 1h "
    "--set exits.stop_loss_bps=200 --export report.html"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
@with_option_groups
def main(
    options: BacktestOptions,
    export: Annotated[
        list[Path] | None, typer.Option(help=".html, .json, .csv or .parquet; repeat for several.")
    ] = None,
    table: Annotated[
        Literal["round_trips", "equity", "metrics"],
        typer.Option(help="Which rows .csv and .parquet hold."),
    ] = "round_trips",
    note: Annotated[str, typer.Option(help="Kept with the backtest.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Kept with it; repeat.")] = None,
    golden: Annotated[
        bool, typer.Option("--selftest", help="Check every metric against its golden value.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Run a backtest; the same one on the same data is not run twice.

    Exit code 1 if its ledger does not agree with itself.
    """
    from backtesting.archive.export import BacktestTable
    from backtesting.metrics import selftest
    from scripts.cli.backtest.backtest_report import (
        export_results,
        report_of,
        run_backtest,
        show_report,
        show_selftest,
    )
    from scripts.cli.backtest_configuration import (
        config_of,
        find_strategy,
        require_parameters,
        values_given,
    )
    from scripts.composition.location import existing_store
    from scripts.composition.strategies import open_command_registry

    if golden:
        show_selftest(selftest(), as_json=as_json)
        return
    files = export or []
    with exit_on_error():
        values = values_given(options)
        with open_command_registry(options.folder) as registry:
            require_parameters(values, find_strategy(values, registry))
            with existing_store(data_dir) as store:
                record, is_new = run_backtest(store, config_of(values, store), registry)
                if note or tag:
                    store.backtests.annotate(record.summary.id, note, tag or [])
                export_results(store, record, files, BacktestTable(table))
    report = report_of(record, files, is_new=is_new)
    show_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.backtest.agrees else ExitCode.FOUND)
