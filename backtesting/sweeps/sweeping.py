"""One sweep from its configuration to its table: read, search, evaluate, store."""

from collections.abc import Sequence
from dataclasses import dataclass

from backtesting.engine import BacktestingEngine
from backtesting.search.kinds import searcher_of
from backtesting.sweeps.config import SweepConfig
from backtesting.sweeps.crew import Crew
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.preparing import METRICS, PreparedSweep, prepare_sweep, sweep_space
from backtesting.sweeps.runner import Sweep, SweepOutcome
from backtesting.watching import UNWATCHED, Watch

_READING = 0.05
"""The part of the whole that is told once the history is read."""


@dataclass(frozen=True, slots=True)
class Swept:
    """A finished sweep, and what it was run on."""

    prepared: PreparedSweep
    outcome: SweepOutcome


def run_sweep(
    engine: BacktestingEngine,
    config: SweepConfig,
    trials: TrialRepository,
    crew: Crew,
    *,
    metrics: Sequence[str] = (),
    watch: Watch = UNWATCHED,
) -> Swept:
    """Run a sweep; `metrics` are measured beside the usual ones.

    Raises ConfigError, BacktestError, DataError; Cancelled while it reads, SweepCancelled later.
    """
    objective = Objective(config.objective)
    space = sweep_space(engine, config.backtest, config.vary)
    searcher = searcher_of(config.search, config.trials, config.seed)(space)
    wanted = (*METRICS, objective.metric, *metrics)
    prepared = prepare_sweep(engine, config.backtest, space, wanted, watch.between(0.0, _READING))
    sweep = Sweep(
        study=prepared.study,
        objective=objective,
        metrics=frozenset(prepared.evaluator.metrics),
        trials=trials,
        timeframe=config.backtest.timeframe,
    )
    with crew.working_on(prepared.evaluator) as workforce:
        return Swept(prepared, sweep.run(searcher, workforce, watch.between(_READING, 1.0)))
