"""Try many parameters of a strategy on one history, on every core or a cluster."""

import csv
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from backtesting.config import BacktestConfig
from backtesting.engine import BacktestingEngine
from backtesting.metrics import METRICS
from backtesting.metrics.card import Value
from backtesting.search import Scalar, Searcher
from backtesting.sweeps.honesty import Honesty, honesty_of
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.preparing import METRICS as SWEPT
from backtesting.sweeps.preparing import PreparedSweep, prepare_sweep, sweep_space
from backtesting.sweeps.runner import Sweep, SweepOutcome
from backtesting.sweeps.table import HeatMap, ParallelCoordinates, SweepTable
from backtesting.watching import Watch
from scripts.access import DataDir, existing_store
from scripts.backtest_options import (
    CandleLength,
    Capital,
    ConfigFile,
    Folder,
    Instrument,
    Parameters,
    Resolve,
    Set,
    StrategyName,
    archive_of,
    config_of,
    parameters_of,
    span_given,
    values_given,
)
from scripts.exits import ExitCode, plain_failures
from scripts.file_options import AsJson
from scripts.instrument_options import From, To
from scripts.progress import bar, output
from scripts.sweep_options import (
    HELD_ROWS,
    After,
    Scheduler,
    Search,
    SearchKind,
    Seed,
    TrialCount,
    Vary,
    Workers,
    crew_of,
    searcher_of,
    words_of,
)
from scripts.wiring import Store
from strategies.factory import load_strategies
from utils.codec import encode
from utils.errors import ConfigError
from utils.whole_file import whole_file

_EXAMPLE = (
    "Example: uv run scripts/run_sweep.py okx:BTC-USDT --strategy EmaCrossover --timeframe 1h "
    "--vary fast=5..50:5 --vary slow=20..200:20 --heat-map fast,slow"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class TrialReport(msgspec.Struct, kw_only=True):
    """One trial: the parameters that vary, and its metrics."""

    parameters: dict[str, Scalar]
    metrics: dict[str, Value]
    problem: str


class SweepReport(msgspec.Struct, kw_only=True):
    """What was tried, what was best, and how much that is worth.

    `digest` is that of the whole table: the same from any number of workers.
    """

    objective: str
    study: str
    digest: str
    trials: int
    evaluated: int
    from_store: int
    failed: int
    invalid: int
    best: list[TrialReport]
    honesty: Honesty | None
    heat_map: HeatMap | None = None
    parallel_coordinates: ParallelCoordinates | None = None
    table: str | None = None


@app.command(epilog=_EXAMPLE)
def main(
    instrument: Instrument = None,
    strategy: StrategyName = None,
    vary: Vary = None,
    parameters: Parameters = None,
    timeframe: CandleLength = None,
    start: From = None,
    end: To = None,
    resolution: Resolve = None,
    capital: Capital = None,
    settings: Set = None,
    config: ConfigFile = None,
    search: Search = SearchKind.GRID,
    trials: TrialCount = 200,
    seed: Seed = 1,
    objective: After = "sharpe",
    metric: Annotated[
        list[str] | None, typer.Option(help="Measured of every trial, too; repeat.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many of the best are shown.")] = 10,
    heat_map: Annotated[str | None, typer.Option(help="Two parameters: fast,slow.")] = None,
    table: Annotated[Path | None, typer.Option(help="Write every trial to a CSV file.")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    folder: Folder = Path("user_strategies"),
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Try parameters; what was tried before is taken from the store, so a sweep goes on.

    Exit code 1 if every trial failed.
    """
    with plain_failures():
        after, words = Objective(objective), words_of(vary)
        given = {
            "instrument": instrument, "strategy": strategy, "timeframe": timeframe,
            "parameters": parameters_of(parameters), "resolution": resolution, "capital": capital,
            **span_given(start, end),
        }  # fmt: skip
        values = values_given(config, given, settings or [])
        with existing_store(data_dir) as store, crew_of(workers, scheduler) as crew:
            prepared, searcher = _prepare(
                store, config_of(values, store), folder, words, [objective, *(metric or [])],
                (search, trials, seed),
            )  # fmt: skip
            axes = _axes(heat_map, searcher.space.names)
            with (
                crew.working_on(prepared.evaluator, prepared.source) as workforce,
                bar("Trying parameters") as watch,
            ):
                outcome = Sweep(
                    study=prepared.study,
                    objective=after,
                    metrics=frozenset(prepared.evaluator.metrics),
                    trials=store.trials,
                ).run(searcher, workforce, Watch(watch))
            report = _report(prepared, outcome, after, top, store)
    if axes is not None:
        report.heat_map = outcome.table.heat_map(after, *axes)
    report.parallel_coordinates = outcome.table.parallel_coordinates(after) if as_json else None
    with plain_failures():
        report.table = None if table is None else _write(table, outcome.table)
    _show(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.best else ExitCode.FOUND)
