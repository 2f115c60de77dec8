"""Run a walk-forward test: choose parameters in sample, trade them out of sample, repeatedly."""

from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.backtests import BacktestOptions
from scripts.cli.options.groups import with_option_groups
from scripts.cli.options.parsers import MAX_ROWS, NUMBER, days
from scripts.cli.options.standard import AsJson, DataDir
from scripts.cli.options.sweeps import SearchOptions

_EXAMPLE = (
    "Example: uv run truetape backtest walk-forward okx:BTC-USDT --strategy EmaCrossover "
    "--timeframe 1h --vary fast=5..50:5 --vary slow=20..200:20 --train-days 90 --test-days 30"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleOptions:
    """The options of a Schedule, by the names of its fields."""

    train_days: Annotated[
        float,
        typer.Option(
            parser=days(0.01), metavar=NUMBER, help="Parameters are chosen on these days."
        ),
    ]
    test_days: Annotated[
        float,
        typer.Option(
            parser=days(0.01), metavar=NUMBER, help="Then traded on these, which come next."
        ),
    ]
    kind: Annotated[
        str, typer.Option(help="rolling: training as long each time; anchored: from the start.")
    ] = "rolling"
    purge_days: Annotated[
        float, typer.Option(parser=days(0), metavar=NUMBER, help="Left out at the end of training.")
    ] = 0.0
    embargo_days: Annotated[
        float, typer.Option(parser=days(0), metavar=NUMBER, help="Left out further.")
    ] = 0.0


@app.command(epilog=_EXAMPLE)
@with_option_groups
def main(
    schedule_options: ScheduleOptions,
    options: BacktestOptions,
    search_options: SearchOptions,
    draws: Annotated[
        int, typer.Option(min=0, max=MAX_ROWS, help="Monte Carlo paths; 0: none.")
    ] = 1_000,
    block_days: Annotated[
        float, typer.Option(parser=days(1), metavar=NUMBER, help="Days that stay together.")
    ] = 10.0,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Walk forward through a history; what was tried before is taken from the store.

    Exit code 1 if no step found parameters.
    """
    from backtesting.walk_forward import Schedule
    from scripts.cli.backtest.walk_forward_report import (
        report_of,
        run_walk_forward,
        runner_of,
        show_report,
        simulate,
    )
    from scripts.cli.sweep.search import open_search
    from strategies.parameters import build_model

    with exit_on_error():
        search_options.varied()
        schedule = build_model(Schedule, asdict(schedule_options), source="walk forward")
        with open_search(options, search_options, data_dir) as opened:
            runner = runner_of(opened, schedule, search_options)
            outcome = run_walk_forward(runner, opened.worker_factory)
        simulated = simulate(outcome, draws, search_options.seed, block_days)
    report = report_of(outcome, runner, simulated)
    show_report(report, runner.config.instrument_id.quote, as_json=as_json)
    found = any(step.parameters is not None for step in report.steps)
    raise typer.Exit(ExitCode.OK if found else ExitCode.FOUND)
