"""One sweep from its configuration to its table: read, search, evaluate, store."""

from collections.abc import Sequence
from dataclasses import dataclass

from backtesting.monitor import UNMONITORED, RunMonitor
from backtesting.run.engine import BacktestingEngine
from backtesting.search.kinds import searcher_of
from backtesting.sweeps.config import SweepConfig
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.preparation import METRICS, PreparedSweep, prepare_sweep, sweep_space
from backtesting.sweeps.runner import SweepOutcome, SweepRunner
from backtesting.sweeps.worker_pool import WorkerFactory

_READING = 0.05
"""Part of the progress that is reached once the history is read."""


@dataclass(frozen=True, slots=True)
class SweepRun:
    """A finished sweep, and its preparation."""

    prepared: PreparedSweep
    outcome: SweepOutcome


def run_sweep(
    engine: BacktestingEngine,
    config: SweepConfig,
    trials: TrialRepository,
    worker_factory: WorkerFactory,
    *,
    metrics: Sequence[str] = (),
    monitor: RunMonitor = UNMONITORED,
) -> SweepRun:
    """Run a sweep; `metrics` are measured besides the default ones.

    Raises ConfigError, BacktestError, DataError; Cancelled while it reads, SweepCancelled later.
    """
    objective = Objective(config.objective)
    space = sweep_space(engine, config.backtest, config.vary)
    searcher = searcher_of(config.search, config.trials, config.seed)(space)
    metric_names = (*METRICS, objective.metric, *metrics)
    prepared = prepare_sweep(
        engine, config.backtest, space, metric_names, monitor.between(0.0, _READING)
    )
    sweep = SweepRunner(
        sweep_key=prepared.sweep_key,
        objective=objective,
        metrics=frozenset(prepared.evaluator.metrics),
        trials=trials,
        timeframe=config.backtest.timeframe,
    )
    with worker_factory.open_pool(prepared.evaluator) as worker_pool:
        return SweepRun(prepared, sweep.run(searcher, worker_pool, monitor.between(_READING, 1.0)))
