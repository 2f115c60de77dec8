"""A prepared backtest to sweep over, and sweeps of it."""

from collections.abc import Sequence
from functools import cache

from backtesting.prepared import Prepared
from backtesting.search import ParameterSpace, space_of
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.runner import Sweep
from backtesting.sweeps.trial import Study
from data import Timeframe
from strategies.configured import LocalStrategy, LocalType
from strategies.library import EmaCrossover
from tests.backtest_world import World

METRICS = ("sharpe", "total_return", "max_drawdown", "round_trips")
WORDS = ("fast=2..8:2", "slow=6,12,20", "exits.stop_loss_bps=none,80")
STUDY = Study(
    strategy="EmaCrossover",
    instrument="okx:BTC-USDT-SWAP",
    config="{}",
    data_digest="data",
    code_digest="code",
)


@cache
def prepared() -> Prepared:
    """Return five days of 5m candles, prepared for the slowest of WORDS."""
    world = World()
    world.add_minutes(8 * 1_440)
    slowest = LocalStrategy(EmaCrossover(fast=8, slow=20))
    return world.engine().prepare(world.config(drill_down=False), [slowest])


def evaluator(metrics: tuple[str, ...] = METRICS) -> Evaluator:
    """Return an evaluator of it."""
    return Evaluator(prepared(), metrics)


def crossing(words: Sequence[str] = WORDS) -> ParameterSpace:
    """Return a space around it: 24 combinations, 20 of them allowed."""
    return space_of(LocalType(EmaCrossover), words, prepared().config.parameters)


def sweep(trials: TrialRepository, metrics: tuple[str, ...] = METRICS) -> Sweep:
    """Return a sweep for the Sharpe ratio."""
    return Sweep(
        study=STUDY,
        objective=Objective(),
        metrics=frozenset(metrics),
        trials=trials,
        timeframe=Timeframe.M5,
    )
