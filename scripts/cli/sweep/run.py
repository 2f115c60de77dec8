"""Evaluate many parameters of a strategy on one history, on every core or a cluster."""

from pathlib import Path
from typing import Annotated

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
from scripts.cli.options.parsers import MAX_ROWS
from scripts.cli.options.standard import AsJson, DataDir
from scripts.cli.options.sweeps import (
    ObjectiveOption,
    Scheduler,
    Search,
    Seed,
    TrialCount,
    Vary,
    Workers,
    vary_specs,
)

_EXAMPLE = (
    "Example: uv run truetape sweep run okx:BTC-USDT --strategy EmaCrossover --timeframe 1h "
    "--vary fast=5..50:5 --vary slow=20..200:20 --heat-map fast,slow"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    instrument: Instrument = None,
    strategy: StrategyOption = None,
    vary: Vary = None,
    parameters: Parameters = None,
    timeframe: CandleLength = None,
    start: From = None,
    end: To = None,
    resolution: ResolutionOption = None,
    capital: Capital = None,
    enter_on_start: EnterOnStart = None,
    settings: Set = None,
    config: ConfigFile = None,
    search: Search = "grid",
    trials: TrialCount = 200,
    seed: Seed = 1,
    objective: ObjectiveOption = "sharpe",
    metric: Annotated[
        list[str] | None, typer.Option(help="Measured of every trial, too; repeat.")
    ] = None,
    top: Annotated[
        int, typer.Option(min=1, max=MAX_ROWS, help="How many of the best are shown.")
    ] = 10,
    heat_map: Annotated[str | None, typer.Option(help="Two parameters: fast,slow.")] = None,
    table: Annotated[Path | None, typer.Option(help="Write every trial to a CSV file.")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    folder: Folder = Path("user_strategies"),
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Try parameters; what was tried before is taken from the store, so a sweep goes on.

    Exit code 1 if nothing came of any trial.
    """
    from backtesting.run.engine import BacktestingEngine
    from backtesting.sweeps.config import read_sweep
    from scripts.cli.backtest_configuration import (
        config_of,
        parameters_of,
        span_given,
        values_given,
    )
    from scripts.cli.sweep.report import show_sweep, write_table
    from scripts.cli.sweep.search import SweepRequest, axes_of, report_of, run_search
    from scripts.composition.backtests import HELD_ROWS, archive_of, open_worker_factory
    from scripts.composition.location import existing_store
    from scripts.composition.strategies import open_command_registry
    from utils.codec import encode

    with exit_on_error():
        given = {
            "instrument": instrument, "strategy": strategy, "timeframe": timeframe,
            "parameters": parameters_of(parameters), "resolution": resolution, "capital": capital,
            "enter_on_start": enter_on_start, **span_given(start, end),
        }  # fmt: skip
        values, specs = values_given(config, given, settings or []), vary_specs(vary)
        axes = axes_of(heat_map)
        with (
            existing_store(data_dir) as store,
            open_command_registry(folder) as registry,
            open_worker_factory(workers, scheduler) as worker_factory,
        ):
            sweep_values = {
                "backtest": config_of(values, store), "vary": specs, "search": search,
                "objective": objective, "trials": trials, "seed": seed,
            }  # fmt: skip
            request = SweepRequest(config=read_sweep(sweep_values), metrics=metric or [], axes=axes)
            engine = BacktestingEngine(archive_of(store), registry, HELD_ROWS)
            done = run_search(engine, request, store, worker_factory)
            report = report_of(done, request, top, store)
        if table is not None:
            report.table = write_table(table, done.outcome.table, done.prepared.evaluator.metrics)
    if as_json:
        report.parallel_coordinates = done.outcome.table.parallel_coordinates(request.objective)
        typer.echo(encode(report).decode())
    else:
        show_sweep(report, request.config.backtest.instrument_id.quote)
    raise typer.Exit(ExitCode.OK if report.best else ExitCode.FOUND)
