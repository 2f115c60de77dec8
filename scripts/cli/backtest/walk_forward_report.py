"""A walk-forward test of a command, and its report."""

import msgspec
import typer
from rich.table import Table

from backtesting.metrics import METRICS
from backtesting.metrics.definition import Value
from backtesting.monitor import RunMonitor
from backtesting.monte_carlo import SHARES, MonteCarlo, bootstrap_returns
from backtesting.report.formats import format_metric
from backtesting.search import Scalar, SearchKind, searcher_of
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.preparation import sweep_space
from backtesting.sweeps.selection_bias import SelectionBias
from backtesting.sweeps.worker_pool import WorkerFactory
from backtesting.walk_forward import Schedule, WalkForwardFold
from backtesting.walk_forward.runner import WalkForwardOutcome, WalkForwardRunner, WalkForwardStep
from bot_manager.trading import from_us
from scripts.cli.options.sweeps import SearchOptions
from scripts.cli.progress import bar
from scripts.cli.sweep.report import show_selection_bias
from scripts.cli.sweep.search import SearchContext
from scripts.cli.tables import metrics_table, print_table
from utils.codec import encode

_SHOWN = ("total_return", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar")


class StepReport(msgspec.Struct, kw_only=True):
    """One step: its fold, the chosen parameters, and their metrics in and out of sample."""

    fold: WalkForwardFold
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


def runner_of(
    opened: SearchContext, schedule: Schedule, options: SearchOptions
) -> WalkForwardRunner:
    """Return the runner of a test on an opened search. Raises ConfigError."""
    return WalkForwardRunner(
        engine=opened.engine,
        config=opened.config,
        space=sweep_space(opened.engine, opened.config, options.varied()),
        schedule=schedule,
        objective=Objective(options.objective),
        search=searcher_of(SearchKind(options.search), options.trials, options.seed),
        trials=opened.store.trials,
    )


def run_walk_forward(
    runner: WalkForwardRunner, worker_factory: WorkerFactory
) -> WalkForwardOutcome:
    """Run a test. Raises TruetapeError."""
    with bar("Walking forward") as on_progress:
        return runner.run(worker_factory, RunMonitor(on_progress))


def simulate(
    outcome: WalkForwardOutcome, draws: int, seed: int, block_days: float
) -> MonteCarlo | None:
    """Return a Monte Carlo simulation of the outcome; None if no draws are requested."""
    if not draws:
        return None
    return bootstrap_returns(outcome.curve, draws=draws, seed=seed, block_days=block_days)


def report_of(
    outcome: WalkForwardOutcome, runner: WalkForwardRunner, simulated: MonteCarlo | None
) -> WalkForwardReport:
    """Return the report of an outcome."""
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


def _step_report(names: tuple[str, ...], step: WalkForwardStep) -> StepReport:
    point = step.point
    return StepReport(
        fold=step.fold,
        parameters=None if point is None else dict(zip(names, point, strict=True)),
        trials=step.trials,
        train=dict(step.train),
        test=dict(step.test),
    )


def show_report(report: WalkForwardReport, quote: str, *, as_json: bool) -> None:
    """Print a report; `quote` is the quote currency."""
    if as_json:
        typer.echo(encode(report).decode())
        return
    print_table(_steps_table(report, quote))
    print_table(_metrics_table(report, quote), keys=2)
    efficiency = "undefined" if report.efficiency is None else f"{report.efficiency:.2f}"
    typer.echo(f"efficiency: {efficiency} (return a day out of sample / in sample)")
    show_selection_bias(report.selection_bias)
    if report.monte_carlo is not None:
        print_table(_simulation_table(report.monte_carlo))


def _steps_table(report: WalkForwardReport, quote: str) -> Table:
    table = Table("test from", "to", "parameters", "in sample", "out of sample", "return")
    definition = METRICS[report.objective].definition
    for step in report.steps:
        parameters = "none had a value"
        if step.parameters is not None:
            parameters = ", ".join(f"{name} {value}" for name, value in step.parameters.items())
        table.add_row(
            f"{step.fold.test.start:%Y-%m-%d}",
            f"{step.fold.test.end:%Y-%m-%d}",
            parameters,
            format_metric(definition, step.train.get(report.objective), quote),
            format_metric(definition, step.test.get(report.objective), quote),
            format_metric(METRICS["total_return"].definition, step.test.get("total_return"), quote),
        )
    return table


def _metrics_table(report: WalkForwardReport, quote: str) -> Table:
    shown = {name: report.metrics[name] for name in _SHOWN}
    return metrics_table({"out of sample": shown}, [quote])


def _simulation_table(simulated: MonteCarlo) -> Table:
    table = Table("metric", "real", *(f"{share:.0%}" for share in SHARES), title=simulated.method)
    for distribution in simulated.distributions:
        numbers = [distribution.real, *distribution.quantiles]
        table.add_row(distribution.metric, *("-" if n is None else f"{n:.4g}" for n in numbers))
    return table
