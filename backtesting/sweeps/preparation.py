"""Preparation of a sweep: one loaded history, and the key of the sweep."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from backtesting.config import BacktestConfig
from backtesting.data.history import InMemoryHistory
from backtesting.monitor import UNMONITORED, RunMonitor
from backtesting.run.engine import BacktestingEngine
from backtesting.run.prepared import PreparedBacktest
from backtesting.search import ParameterSpace, RandomSearch, parse_space
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.objective import require_metrics
from backtesting.sweeps.shared_decider import SharedDecider
from backtesting.sweeps.trial import SweepKey
from strategies.strategy_handle import ConfiguredStrategy
from utils.errors import ConfigError

METRICS = (
    "total_return", "sharpe", "sortino", "max_drawdown", "profit_factor", "win_rate", "round_trips",
    "exposure", "fees", "skew", "excess_kurtosis", "daily_returns",
)  # fmt: skip
"""Metrics of every trial unless others are requested."""

_CORNERS = 4_096
_DRAWN = 256


@dataclass(frozen=True, slots=True)
class PreparedSweep:
    """Everything a sweep needs besides a searcher and workers."""

    sweep_key: SweepKey
    evaluator: Evaluator

    @property
    def prepared(self) -> PreparedBacktest:
        """Return the prepared backtest that is run for every trial."""
        return self.evaluator.prepared


def sweep_space(
    engine: BacktestingEngine, config: BacktestConfig, specs: Sequence[str]
) -> ParameterSpace:
    """Parse a parameter space around a configuration. Raises ConfigError."""
    space = parse_space(engine.registry.find(config.strategy), specs, config.parameters)
    fixed = [name for name in space.names if name.startswith("exits.")]
    if fixed and config.exits is not None:
        problem = "is replaced by the exits of the configuration: omit them there"
        raise ConfigError("parameters", field=fixed[0], problem=problem)
    return space


def prepare_sweep(
    engine: BacktestingEngine,
    config: BacktestConfig,
    space: ParameterSpace,
    metrics: Sequence[str] = METRICS,
    monitor: RunMonitor = UNMONITORED,
) -> PreparedSweep:
    """Load a history for every point of a space. Raises ConfigError, BacktestError, DataError.

    Ambiguous candles are not resolved: finer data are not shared. The Sharpe ratio is always
    measured, for the selection bias of the best trial.
    """
    metric_names = tuple(dict.fromkeys(["sharpe", *metrics]))
    require_metrics(metric_names)
    variants = list(candidates(space))
    if not variants:
        raise ConfigError(
            "parameters", problem=f"{space.strategy_type.name} allows none of these combinations"
        )
    config = config.model_copy(
        update={"drill_down": False, "parameters": dict(variants[0].parameters)}
    )
    prepared = engine.prepare(config, variants[1:], monitor)
    if not isinstance(prepared.history, InMemoryHistory):
        problem = (
            f"more than {engine.max_rows_in_memory:,} rows cannot be shared: choose a shorter span"
        )
        raise ConfigError("sweep", field="start, end", problem=problem)
    # Trading starts where all can decide: trials with other starts belong to another sweep.
    config = config.model_copy(update={"start": prepared.history.scope.span.start})
    prepared = replace(prepared, config=prepared.config.model_copy(update={"start": config.start}))
    # Stored trials of this version may replace new ones from here on.
    prepared.strategy_type.require_unchanged()
    _, data_digest, code_digest = engine.digests(prepared)
    sweep_key = SweepKey(
        strategy=config.strategy,
        instrument=config.instrument,
        config=config.model_dump_json(exclude={"parameters"}),
        data_digest=data_digest,
        code_digest=code_digest,
    )
    shared = replace(prepared, decider=SharedDecider())
    return PreparedSweep(sweep_key, Evaluator(shared, metric_names))


def candidates(space: ParameterSpace) -> Iterator[ConfiguredStrategy]:
    """Yield every strategy of a small space; of a large one its corners and random points.

    They determine the common start of a sweep, independent of the search.
    """
    if space.size is not None and space.size <= _CORNERS:
        for point in product(*(dimension.values() for dimension in space.dimensions)):
            if space.allows(point):
                yield space.strategy(point)
        return
    yield from corners(space)
    yield from map(space.strategy, RandomSearch(space, _DRAWN, seed=0).ask(_DRAWN))


def corners(space: ParameterSpace) -> Iterator[ConfiguredStrategy]:
    """Yield strategies at the ends of every range: among them one with the longest warm-up."""
    ends = [dimension.ends() for dimension in space.dimensions]
    for point in islice(product(*ends), _CORNERS):
        if space.allows(point):
            yield space.strategy(point)
