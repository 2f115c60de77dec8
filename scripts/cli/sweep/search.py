"""What both search commands run on, a sweep of a command, and what its report holds."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backtesting.archive.shown_warnings import warmup_warnings, warnings_of_trials
from backtesting.config import BacktestConfig
from backtesting.monitor import RunMonitor
from backtesting.run.engine import BacktestingEngine
from backtesting.run.prepared import PreparedBacktest
from backtesting.sweeps.config import SweepConfig, read_sweep
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.preparation import sweep_space
from backtesting.sweeps.selection_bias import SelectionBias, selection_bias_of
from backtesting.sweeps.sweep_run import SweepRun, run_sweep
from backtesting.sweeps.table import SweepRow, SweepTable
from backtesting.sweeps.worker_pool import WorkerFactory
from scripts.cli.backtest_configuration import config_of, find_strategy, values_given
from scripts.cli.options.backtests import BacktestOptions
from scripts.cli.options.sweeps import SearchOptions
from scripts.cli.progress import bar
from scripts.cli.sweep.report import SweepReport, trial_report
from scripts.composition.backtests import MAX_ROWS_IN_MEMORY, market_store_of, open_worker_factory
from scripts.composition.location import existing_store
from scripts.composition.stores import Store
from scripts.composition.strategies import open_command_registry
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchContext:
    """A backtest's configuration, the store and the engine of its runs, and the workers."""

    config: BacktestConfig
    store: Store
    engine: BacktestingEngine
    worker_factory: WorkerFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRequest:
    """A sweep to run, further metrics, and the axes of its heat map."""

    config: SweepConfig
    metrics: Sequence[str]
    axes: tuple[str, str] | None

    @property
    def objective(self) -> Objective:
        return Objective(self.config.objective)


@contextmanager
def open_search(
    options: BacktestOptions, search: SearchOptions, data_dir: Path | None
) -> Iterator[SearchContext]:
    """Open what a search runs on; workers and connections close with the block.

    Raises TruetapeError.
    """
    values = values_given(options)
    with open_command_registry(options.folder) as registry:
        find_strategy(values, registry)
        with (
            existing_store(data_dir) as store,
            open_worker_factory(search.workers, search.scheduler) as worker_factory,
        ):
            yield SearchContext(
                config=config_of(values, store),
                store=store,
                engine=BacktestingEngine(market_store_of(store), registry, MAX_ROWS_IN_MEMORY),
                worker_factory=worker_factory,
            )


def sweep_config(config: BacktestConfig, varied: list[str], search: SearchOptions) -> SweepConfig:
    """Return the configuration of a sweep of a backtest. Raises ConfigError."""
    return read_sweep(
        {
            "backtest": config,
            "vary": varied,
            "search": search.search,
            "objective": search.objective,
            "trials": search.trials,
            "seed": search.seed,
        }
    )


def run_search(opened: SearchContext, request: SweepRequest) -> SweepRun:
    """Run a sweep. Raises ConfigError, TruetapeError."""
    for axis in request.axes or ():
        names = sweep_space(opened.engine, request.config.backtest, request.config.vary).names
        if axis not in names:
            raise ConfigError(
                "--heat-map", problem=f"{axis!r} does not vary; {', '.join(names)} do"
            )
    with bar("Trying parameters") as progress:
        return run_sweep(
            opened.engine,
            request.config,
            opened.store.trials,
            opened.worker_factory,
            metrics=request.metrics,
            monitor=RunMonitor(progress),
        )


def report_of(done: SweepRun, request: SweepRequest, top: int, store: Store) -> SweepReport:
    """Return the report of a sweep with its best trials."""
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
        *warnings_of_trials([row.trial for row in table.rows]),
    ]


def _selection_bias(done: SweepRun, best: SweepRow, store: Store) -> SelectionBias:
    sweep_key = done.prepared.sweep_key
    run = done.prepared.prepared.run(done.outcome.table.space.strategy(best.point)).run
    return selection_bias_of(run, store.trials.sharpes(sweep_key.strategy, sweep_key.instrument))


def axes_of(text: str | None) -> tuple[str, str] | None:
    """Return the two parameters of a heat map. Raises ConfigError."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        problem = f"must name two parameters, as in fast,slow; was {text!r}"
        raise ConfigError("--heat-map", problem=problem)
    return names[0], names[1]
