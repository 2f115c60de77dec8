"""Run a walk-forward test: choose parameters in sample, trade them out of sample, repeatedly."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from backtesting.metrics import METRICS
from backtesting.metrics.card import Value
from backtesting.monitor import RunMonitor
from backtesting.monte_carlo import SHARES, MonteCarlo, bootstrap_returns
from backtesting.report.formats import format_metric
from backtesting.run.engine import BacktestingEngine
from backtesting.search import Scalar, SearchKind, searcher_of
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.preparation import sweep_space
from backtesting.sweeps.selection_bias import SelectionBias
from backtesting.walk_forward import Fold, Schedule
from backtesting.walk_forward.runner import Step, WalkForwardOutcome, WalkForwardRunner
from bot_manager.trading import from_us
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
    config_of,
    parameters_of,
    span_given,
    values_given,
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
from scripts.cli.progress import bar
from scripts.cli.sweep.report import show_selection_bias
from scripts.cli.tables import metrics_table, print_table
from scripts.composition.backtests import HELD_ROWS, archive_of, open_worker_factory
from scripts.composition.location import existing_store
from scripts.composition.strategies import open_command_registry
from strategies.parameters import build_model
from utils.codec import encode

_EXAMPLE = (
    "Example: uv run truetape backtest walk-forward okx:BTC-USDT --strategy EmaCrossover "
    "--timeframe 1h --vary fast=5..50:5 --vary slow=20..200:20 --train-days 90 --test-days 30"
)
_SHOWN = ("total_return", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class StepReport(msgspec.Struct, kw_only=True):
    """One step: its fold, the chosen parameters, and their metrics in and out of sample."""

    fold: Fold
    parameters: dict[str, Scalar] | None
    trials: int
    train: dict[str, Value]
    test: dict[str, Value]


class WalkForwardReport(msgspec.Struct, kw_only=True):
    """The whole walk-forward test. `equity` is that of all tests, as of one account."""

    objective: str
    schedule: dict[str, object]
    steps: list[StepReport]
    metrics: dict[str, Value]
    efficiency: Value
    selection_bias: SelectionBias
    time: list[str]
    equity: list[float]
    monte_carlo: MonteCarlo | None


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
    search: Search = SearchKind.GRID,
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
    with exit_on_error():
        given = {
            "instrument": instrument, "strategy": strategy, "timeframe": timeframe,
            "parameters": parameters_of(parameters), "resolution": resolution, "capital": capital,
            "enter_on_start": enter_on_start, **span_given(start, end),
        }  # fmt: skip
        values, words = values_given(config, given, settings or []), vary_specs(vary)
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
                space=sweep_space(engine, base_config, words),
                schedule=schedule,
                objective=after,
                search=searcher_of(search, trials, seed),
                trials=store.trials,
            )
            with bar("Walking forward") as watch:
                outcome = runner.run(worker_factory, RunMonitor(watch))
        simulated = _simulate(outcome, draws, seed, block_days)
    report = _report(outcome, runner, simulated)
    if as_json:
        typer.echo(encode(report).decode())
    else:
        _show(report, base_config.instrument_id.quote)
    found = any(step.parameters is not None for step in report.steps)
    raise typer.Exit(ExitCode.OK if found else ExitCode.FOUND)


def _simulate(
    outcome: WalkForwardOutcome, draws: int, seed: int, block_days: float
) -> MonteCarlo | None:
    if not draws:
        return None
    return bootstrap_returns(outcome.curve, draws=draws, seed=seed, block_days=block_days)


def _report(
    outcome: WalkForwardOutcome, runner: WalkForwardRunner, simulated: MonteCarlo | None
) -> WalkForwardReport:
    return WalkForwardReport(
        objective=runner.objective.metric,
        schedule=runner.schedule.model_dump(),
        steps=[_step_report(outcome.names, step) for step in outcome.steps],
        metrics=dict(outcome.metrics),
        efficiency=outcome.efficiency,
        selection_bias=outcome.selection_bias,
        time=[from_us(time_us).isoformat() for time_us in outcome.curve.time_us.tolist()],
        equity=outcome.curve.equity.tolist(),
        monte_carlo=simulated,
    )


def _step_report(names: tuple[str, ...], step: Step) -> StepReport:
    point = step.point
    return StepReport(
        fold=step.fold,
        parameters=None if point is None else dict(zip(names, point, strict=True)),
        trials=step.trials,
        train=dict(step.train),
        test=dict(step.test),
    )


def _show(report: WalkForwardReport, quote: str) -> None:
    print_table(_steps_table(report, quote))
    print_table(_metrics_table(report, quote), keys=2)
    efficiency = "undefined" if report.efficiency is None else f"{report.efficiency:.2f}"
    typer.echo(f"efficiency: {efficiency} (return a day out of sample / in sample)")
    show_selection_bias(report.selection_bias)
    if report.monte_carlo is not None:
        print_table(_simulation_table(report.monte_carlo))


def _steps_table(report: WalkForwardReport, quote: str) -> Table:
    table = Table("test from", "to", "parameters", "in sample", "out of sample", "return")
    card = METRICS[report.objective].card
    for step in report.steps:
        parameters = "none had a value"
        if step.parameters is not None:
            parameters = ", ".join(f"{name} {value}" for name, value in step.parameters.items())
        table.add_row(
            f"{step.fold.test.start:%Y-%m-%d}",
            f"{step.fold.test.end:%Y-%m-%d}",
            parameters,
            format_metric(card, step.train.get(report.objective), quote),
            format_metric(card, step.test.get(report.objective), quote),
            format_metric(METRICS["total_return"].card, step.test.get("total_return"), quote),
        )
    return table


def _metrics_table(report: WalkForwardReport, quote: str) -> Table:
    shown = {name: report.metrics[name] for name in _SHOWN}
    return metrics_table({"out of sample": shown}, [quote])


def _simulation_table(simulated: MonteCarlo) -> Table:
    table = Table("metric", "real", *(f"{share:.0%}" for share in SHARES), title=simulated.method)
    for card in simulated.cards:
        numbers = [card.real, *card.quantiles]
        table.add_row(card.metric, *("-" if n is None else f"{n:.4g}" for n in numbers))
    return table
