"""Run one backtest over stored history, store it, and show its result."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.backtests import (
    CandleLength,
    Capital,
    ConfigFile,
    EnterOnStart,
    Folder,
    Instrument,
    Parameters,
    ResolutionOption,
    Set,
    StrategyOption,
)
from scripts.cli.options.instruments import From, To
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = (
    "Example: uv run truetape backtest run okx:BTC-USDT --strategy EmaCrossover --timeframe 1h "
    "--set exits.stop_loss_bps=200 --export report.html"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    instrument: Instrument = None,
    strategy: StrategyOption = None,
    parameters: Parameters = None,
    timeframe: CandleLength = None,
    start: From = None,
    end: To = None,
    resolution: ResolutionOption = None,
    capital: Capital = None,
    enter_on_start: EnterOnStart = None,
    settings: Set = None,
    config: ConfigFile = None,
    export: Annotated[
        list[Path] | None, typer.Option(help=".html, .json, .csv or .parquet; repeat for several.")
    ] = None,
    table: Annotated[
        Literal["round_trips", "equity", "metrics"],
        typer.Option(help="Which rows .csv and .parquet hold."),
    ] = "round_trips",
    note: Annotated[str, typer.Option(help="Kept with the backtest.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Kept with it; repeat.")] = None,
    folder: Folder = Path("user_strategies"),
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
    from backtesting.archive.run_warnings import warnings_on
    from backtesting.metrics import selftest
    from scripts.cli.backtest.backtest_report import (
        BacktestReport,
        export_result,
        run_backtest,
        show_report,
        show_selftest,
    )
    from scripts.cli.backtest_configuration import (
        config_of,
        parameters_of,
        span_given,
        values_given,
    )
    from scripts.composition.location import existing_store
    from scripts.composition.strategies import open_command_registry

    if golden:
        show_selftest(selftest(), as_json=as_json)
        return
    with exit_on_error():
        given = {
            "instrument": instrument, "strategy": strategy, "timeframe": timeframe,
            "parameters": parameters_of(parameters), "resolution": resolution, "capital": capital,
            "enter_on_start": enter_on_start, **span_given(start, end),
        }  # fmt: skip
        values = values_given(config, given, settings or [])
        with existing_store(data_dir) as store, open_command_registry(folder) as registry:
            served = run_backtest(store, config_of(values, store), registry)
            if note or tag:
                store.backtests.annotate(served.record.summary.id, note, tag or [])
            for path in export or []:
                export_result(store, served.record, path, BacktestTable(table))
    report = BacktestReport(
        backtest=served.record.summary,
        is_new=served.is_new,
        files=[str(path) for path in export or []],
        warnings=warnings_on(served.record.summary, served.record.round_trips),
    )
    show_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.backtest.agrees else ExitCode.FOUND)
