"""Run a walk-forward test: choose parameters in sample, trade them out of sample, repeatedly."""

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
from scripts.cli.options.parsers import MAX_ROWS, NUMBER, days
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
    "Example: uv run truetape backtest walk-forward okx:BTC-USDT --strategy EmaCrossover "
    "--timeframe 1h --vary fast=5..50:5 --vary slow=20..200:20 --train-days 90 --test-days 30"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    train_days: Annotated[
        float,
        typer.Option(
            parser=days(0.01), metavar=NUMBER, help="Parameters are chosen on these days."
        ),
    ],
    test_days: Annotated[
        float,
        typer.Option(
            parser=days(0.01), metavar=NUMBER, help="Then traded on these, which come next."
        ),
    ],
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
    kind: Annotated[
        str, typer.Option(help="rolling: training as long each time; anchored: from the start.")
    ] = "rolling",
    purge_days: Annotated[
        float, typer.Option(parser=days(0), metavar=NUMBER, help="Left out at the end of training.")
    ] = 0.0,
    embargo_days: Annotated[
        float, typer.Option(parser=days(0), metavar=NUMBER, help="Left out further.")
    ] = 0.0,
    search: Search = "grid",
    trials: TrialCount = 200,
    seed: Seed = 1,
    objective: ObjectiveOption = "sharpe",
    draws: Annotated[
        int, typer.Option(min=0, max=MAX_ROWS, help="Monte Carlo paths; 0: none.")
    ] = 1_000,
    block_days: Annotated[
        float, typer.Option(parser=days(1), metavar=NUMBER, help="Days that stay together.")
    ] = 10.0,
    workers: Workers = None,
    scheduler: Scheduler = None,
    folder: Folder = Path("user_strategies"),
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Walk forward through a history; what was tried before is taken from the store.

    Exit code 1 if no step found parameters.
    """
    from backtesting.monitor import RunMonitor
    from backtesting.run.engine import BacktestingEngine
    from backtesting.search import SearchKind, searcher_of
    from backtesting.sweeps.objective import Objective
    from backtesting.sweeps.preparation import sweep_space
    from backtesting.walk_forward import Schedule
    from backtesting.walk_forward.runner import WalkForwardRunner
    from scripts.cli.backtest.walk_forward_report import report_of, show_report, simulate
    from scripts.cli.backtest_configuration import (
        config_of,
        parameters_of,
        span_given,
        values_given,
    )
    from scripts.cli.progress import bar
    from scripts.composition.backtests import HELD_ROWS, archive_of, open_worker_factory
    from scripts.composition.location import existing_store
    from scripts.composition.strategies import open_command_registry
    from strategies.parameters import build_model
    from utils.codec import encode

    with exit_on_error():
        given = {
            "instrument": instrument, "strategy": strategy, "timeframe": timeframe,
            "parameters": parameters_of(parameters), "resolution": resolution, "capital": capital,
            "enter_on_start": enter_on_start, **span_given(start, end),
        }  # fmt: skip
        values, specs = values_given(config, given, settings or []), vary_specs(vary)
        days = {
            "train_days": train_days, "test_days": test_days, "kind": kind,
            "purge_days": purge_days, "embargo_days": embargo_days,
        }  # fmt: skip
        schedule = build_model(Schedule, days, source="walk forward")
        after = Objective(objective)
        with (
            existing_store(data_dir) as store,
            open_command_registry(folder) as registry,
            open_worker_factory(workers, scheduler) as worker_factory,
        ):
            base_config = config_of(values, store)
            engine = BacktestingEngine(archive_of(store), registry, HELD_ROWS)
            runner = WalkForwardRunner(
                engine=engine,
                config=base_config,
                space=sweep_space(engine, base_config, specs),
                schedule=schedule,
                objective=after,
                search=searcher_of(SearchKind(search), trials, seed),
                trials=store.trials,
            )
            with bar("Walking forward") as watch:
                outcome = runner.run(worker_factory, RunMonitor(watch))
        simulated = simulate(outcome, draws, seed, block_days)
    report = report_of(outcome, runner, simulated)
    if as_json:
        typer.echo(encode(report).decode())
    else:
        show_report(report, base_config.instrument_id.quote)
    found = any(step.parameters is not None for step in report.steps)
    raise typer.Exit(ExitCode.OK if found else ExitCode.FOUND)
