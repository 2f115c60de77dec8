"""A prepared backtest to sweep over, and sweeps of it."""

from collections.abc import Sequence
from functools import cache

from backtesting.run.prepared import PreparedBacktest
from backtesting.search import ParameterSpace, parse_space
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.runner import SweepRunner
from backtesting.sweeps.trial import SweepKey
from data import Timeframe
from strategies.library import EmaCrossover
from strategies.strategy_handle import LocalStrategy, LocalType
from tests.backtest_world import World

METRICS = ("sharpe", "total_return", "max_drawdown", "round_trips")
SPECS = ("fast=2..8:2", "slow=6,12,20", "exits.stop_loss_bps=none,80")
SWEEP_KEY = SweepKey(
    strategy="EmaCrossover",
    instrument="okx:BTC-USDT-SWAP",
    config="{}",
    data_digest="data",
    code_digest="code",
)


@cache
def prepared() -> PreparedBacktest:
    """Return five days of 5m candles, prepared for the slowest of WORDS."""
    world = World()
    world.add_minutes(8 * 1_440)
    slowest = LocalStrategy(EmaCrossover(fast=8, slow=20))
    return world.engine().prepare(world.config(drill_down=False), [slowest])


def evaluator(metrics: tuple[str, ...] = METRICS) -> Evaluator:
    """Return an evaluator of the prepared backtest."""
    return Evaluator(prepared(), metrics)


def crossing(specs: Sequence[str] = SPECS) -> ParameterSpace:
    """Return a space of 24 combinations, 20 of them allowed."""
    return parse_space(LocalType(EmaCrossover), specs, prepared().config.parameters)


def sweep(trials: TrialRepository, metrics: tuple[str, ...] = METRICS) -> SweepRunner:
    """Return a sweep for the Sharpe ratio."""
    return SweepRunner(
        sweep_key=SWEEP_KEY,
        objective=Objective(),
        metrics=frozenset(metrics),
        trials=trials,
        timeframe=Timeframe.M5,
    )
