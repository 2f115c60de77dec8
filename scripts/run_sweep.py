"""Try many parameters of a strategy on one history, on every core or a cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from backtesting.engine import BacktestingEngine
from backtesting.prepared import Prepared
from backtesting.run_warnings import warmup_warnings, warnings_on_trials
from backtesting.search import SearchKind
from backtesting.sweeps.config import SweepConfig, read_sweep
from backtesting.sweeps.crew import Crew
from backtesting.sweeps.honesty import Honesty, honesty_of
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.preparing import sweep_space
from backtesting.sweeps.sweeping import Swept, run_sweep
from backtesting.sweeps.table import SweepRow, SweepTable
from backtesting.watching import Watch
from scripts.access import DataDir, existing_store
from scripts.backtest_options import (
    CandleLength,
    Capital,
    ConfigFile,
    EnterOnStart,
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
from scripts.option_values import MAX_ROWS
from scripts.progress import bar
from scripts.strategy_book import command_book
from scripts.sweep_options import (
    HELD_ROWS,
    After,
    Scheduler,
    Search,
    Seed,
    TrialCount,
    Vary,
    Workers,
    crew_of,
    words_of,
)
from scripts.sweep_report import SweepReport, show_sweep, trial_report, write_table
from scripts.wiring import Store
from utils.codec import encode
from utils.errors import ConfigError

_EXAMPLE = (
    "Example: uv run scripts/run_sweep.py okx:BTC-USDT --strategy EmaCrossover --timeframe 1h "
    "--vary fast=5..50:5 --vary slow=20..200:20 --heat-map fast,slow"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


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
    enter_on_start: EnterOnStart = None,
    settings: Set = None,
    config: ConfigFile = None,
    search: Search = SearchKind.GRID,
    trials: TrialCount = 200,
    seed: Seed = 1,
    objective: After = "sharpe",
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
    with plain_failures():
        given = {
            "instrument": instrument, "strategy": strategy, "timeframe": timeframe,
            "parameters": parameters_of(parameters), "resolution": resolution, "capital": capital,
            "enter_on_start": enter_on_start, **span_given(start, end),
        }  # fmt: skip
        values, words = values_given(config, given, settings or []), words_of(vary)
        axes = _axes(heat_map)
        with (
            existing_store(data_dir) as store,
            command_book(folder) as book,
            crew_of(workers, scheduler) as crew,
        ):
            asked = {
                "backtest": config_of(values, store), "vary": words, "search": search,
                "objective": objective, "trials": trials, "seed": seed,
            }  # fmt: skip
            wish = _Wish(config=read_sweep(asked), metrics=metric or [], axes=axes)
            engine = BacktestingEngine(archive_of(store), book, HELD_ROWS)
            done = _run(engine, wish, store, crew)
            report = _report(done, wish, top, store)
        if table is not None:
            report.table = write_table(table, done.outcome.table, done.prepared.evaluator.metrics)
    if as_json:
        report.parallel_coordinates = done.outcome.table.parallel_coordinates(wish.objective)
        typer.echo(encode(report).decode())
    else:
        show_sweep(report, wish.config.backtest.instrument_id.quote)
    raise typer.Exit(ExitCode.OK if report.best else ExitCode.FOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    config: SweepConfig
    metrics: Sequence[str]
    axes: tuple[str, str] | None

    @property
    def objective(self) -> Objective:
        return Objective(self.config.objective)


def _run(engine: BacktestingEngine, wish: _Wish, store: Store, crew: Crew) -> Swept:
    for axis in wish.axes or ():
        names = sweep_space(engine, wish.config.backtest, wish.config.vary).names
        if axis not in names:
            raise ConfigError(
                "--heat-map", problem=f"{axis!r} does not vary; {', '.join(names)} do"
            )
    with bar("Trying parameters") as told:
        return run_sweep(
            engine, wish.config, store.trials, crew, metrics=wish.metrics, watch=Watch(told)
        )


def _report(done: Swept, wish: _Wish, top: int, store: Store) -> SweepReport:
    outcome, study, prepared = done.outcome, done.prepared.study, done.prepared.prepared
    table = outcome.table
    best = table.best(wish.objective, top)
    return SweepReport(
        objective=wish.objective.metric,
        study=study.digest,
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
        honesty=_honesty(done, best[0], store) if best else None,
        heat_map=table.heat_map(wish.objective, *wish.axes) if wish.axes else None,
    )


def _warnings(prepared: Prepared, table: SweepTable) -> list[str]:
    quality, start = prepared.loaded.quality, prepared.config.start
    return [
        *(warning.text for warning in warmup_warnings(quality, prepared.config.strategy, start)),
        *warnings_on_trials([row.trial for row in table.rows]),
    ]


def _honesty(done: Swept, best: SweepRow, store: Store) -> Honesty:
    study = done.prepared.study
    run = done.prepared.prepared.run(done.outcome.table.space.strategy(best.point)).run
    return honesty_of(run, store.trials.sharpes(study.strategy, study.instrument))


def _axes(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        problem = f"must name two parameters, as in fast,slow; was {text!r}"
        raise ConfigError("--heat-map", problem=problem)
    return names[0], names[1]


if __name__ == "__main__":
    app()
