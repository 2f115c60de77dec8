"""Evaluate many parameters of a strategy on one history, on every core or a cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from backtesting.archive.run_warnings import warmup_warnings, warnings_on_trials
from backtesting.monitor import RunMonitor
from backtesting.run.engine import BacktestingEngine
from backtesting.run.prepared import PreparedBacktest
from backtesting.search import SearchKind
from backtesting.sweeps.config import SweepConfig, read_sweep
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.preparation import sweep_space
from backtesting.sweeps.selection_bias import SelectionBias, selection_bias_of
from backtesting.sweeps.sweep_run import SweepRun, run_sweep
from backtesting.sweeps.table import SweepRow, SweepTable
from backtesting.sweeps.worker_factory import WorkerFactory
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
from scripts.cli.progress import bar
from scripts.cli.sweep.report import SweepReport, show_sweep, trial_report, write_table
from scripts.composition.backtests import HELD_ROWS, archive_of, open_worker_factory
from scripts.composition.location import existing_store
from scripts.composition.stores import Store
from scripts.composition.strategies import open_command_registry
from utils.codec import encode
from utils.errors import ConfigError

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
    search: Search = SearchKind.GRID,
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
    with exit_on_error():
        given = {
            "instrument": instrument, "strategy": strategy, "timeframe": timeframe,
            "parameters": parameters_of(parameters), "resolution": resolution, "capital": capital,
            "enter_on_start": enter_on_start, **span_given(start, end),
        }  # fmt: skip
        values, specs = values_given(config, given, settings or []), vary_specs(vary)
        axes = _axes(heat_map)
        with (
            existing_store(data_dir) as store,
            open_command_registry(folder) as registry,
            open_worker_factory(workers, scheduler) as worker_factory,
        ):
            sweep_values = {
                "backtest": config_of(values, store), "vary": specs, "search": search,
                "objective": objective, "trials": trials, "seed": seed,
            }  # fmt: skip
            request = _SweepRequest(
                config=read_sweep(sweep_values), metrics=metric or [], axes=axes
            )
            engine = BacktestingEngine(archive_of(store), registry, HELD_ROWS)
            done = _run(engine, request, store, worker_factory)
            report = _report(done, request, top, store)
        if table is not None:
            report.table = write_table(table, done.outcome.table, done.prepared.evaluator.metrics)
    if as_json:
        report.parallel_coordinates = done.outcome.table.parallel_coordinates(request.objective)
        typer.echo(encode(report).decode())
    else:
        show_sweep(report, request.config.backtest.instrument_id.quote)
    raise typer.Exit(ExitCode.OK if report.best else ExitCode.FOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SweepRequest:
    config: SweepConfig
    metrics: Sequence[str]
    axes: tuple[str, str] | None

    @property
    def objective(self) -> Objective:
        return Objective(self.config.objective)


def _run(
    engine: BacktestingEngine, request: _SweepRequest, store: Store, worker_factory: WorkerFactory
) -> SweepRun:
    for axis in request.axes or ():
        names = sweep_space(engine, request.config.backtest, request.config.vary).names
        if axis not in names:
            raise ConfigError(
                "--heat-map", problem=f"{axis!r} does not vary; {', '.join(names)} do"
            )
    with bar("Trying parameters") as progress:
        return run_sweep(
            engine,
            request.config,
            store.trials,
            worker_factory,
            metrics=request.metrics,
            monitor=RunMonitor(progress),
        )


def _report(done: SweepRun, request: _SweepRequest, top: int, store: Store) -> SweepReport:
    outcome, sweep_key, prepared = done.outcome, done.prepared.sweep_key, done.prepared.prepared
    table = outcome.table
    best = table.best(request.objective, top)
    return SweepReport(
        objective=request.objective.metric,
        sweep=sweep_key.digest,
        digest=table.digest(),
        trials=len(table.rows),
        evaluated=outcome.evaluated,
        from_store=outcome.from_store,
        failed=outcome.failed,
        invalid=outcome.invalid,
        start=prepared.config.start,
        warmup=prepared.loaded.quality.warmup,
        warnings=_warnings(prepared, table),
        best=[trial_report(table.space.names, row) for row in best],
        selection_bias=_selection_bias(done, best[0], store) if best else None,
        heat_map=table.heat_map(request.objective, *request.axes) if request.axes else None,
    )


def _warnings(prepared: PreparedBacktest, table: SweepTable) -> list[str]:
    quality, start = prepared.loaded.quality, prepared.config.start
    return [
        *(warning.text for warning in warmup_warnings(quality, prepared.config.strategy, start)),
        *warnings_on_trials([row.trial for row in table.rows]),
    ]


def _selection_bias(done: SweepRun, best: SweepRow, store: Store) -> SelectionBias:
    sweep_key = done.prepared.sweep_key
    run = done.prepared.prepared.run(done.outcome.table.space.strategy(best.point)).run
    return selection_bias_of(run, store.trials.sharpes(sweep_key.strategy, sweep_key.instrument))


def _axes(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        problem = f"must name two parameters, as in fast,slow; was {text!r}"
        raise ConfigError("--heat-map", problem=problem)
    return names[0], names[1]
