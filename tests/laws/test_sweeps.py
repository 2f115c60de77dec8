"""Law 7: what a sweep finds for a parameter set is what its backtest finds, digest for digest."""

from dataclasses import replace

import pytest

from backtesting.prepared import Prepared
from backtesting.search import RandomSearch, space_of
from backtesting.sweeps.deciding import SharedDecider
from backtesting.sweeps.preparing import corners
from data import Gaps
from strategies import Strategy
from strategies.bank import judges_rows
from strategies.library import BUILT_IN, EmaCrossover
from tests.backtest_world import World

WORDS = {
    "EmaCrossover": ["fast=2..20", "slow=12..60"],
    "MacdCross": ["fast=2..12", "slow=13..30", "signal=2..12"],
    "RsiReversion": ["length=2..30", "oversold=20..45", "overbought=55..80"],
    "BollingerReversion": ["length=2..60", "width=0.2..3"],
    "DonchianBreakout": ["length=2..80"],
    "SupertrendFollower": ["length=2..30", "multiplier=0.5..4"],
}
EXITS = ["exits.stop_loss_bps=none,30,80", "exits.trailing_stop_bps=none,60"]


@pytest.fixture(scope="module")
def world() -> World:
    """Return twenty days of one-minute candles with a hole: several anchors."""
    world = World()
    world.add_minutes(9_000)
    last = world.add_minutes(20_000, seed=2, start=world.config().start.replace(day=20))
    assert last
    return world


@pytest.mark.parametrize("gaps", ["flat", "skip"])
@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.__name__)
def test_a_sweep_decides_what_a_backtest_decides(
    world: World, kind: type[Strategy], gaps: Gaps
) -> None:
    prepared = _prepared(world, kind, gaps)
    shared = replace(prepared, decider=SharedDecider())
    space = space_of(kind, [*WORDS[kind.__name__], *EXITS])
    for point in RandomSearch(space, 12, seed=3).ask(12):
        strategy = space.strategy(point)
        assert judges_rows(strategy)
        assert shared.run(strategy).digest() == prepared.run(strategy).digest()


def test_a_strategy_that_is_not_ours_is_asked_window_by_window(world: World) -> None:
    class Mine(EmaCrossover):
        pass

    assert not judges_rows(Mine())
    prepared = replace(_prepared(world, EmaCrossover, "flat"), kind=Mine)
    shared = replace(prepared, decider=SharedDecider())
    assert shared.run(Mine()).digest() == prepared.run(Mine()).digest()


def _prepared(world: World, kind: type[Strategy], gaps: Gaps) -> Prepared:
    config = world.config(
        strategy=kind.__name__,
        timeframe="1m",
        start=world.config().start,
        end=world.config().start.replace(day=30),
        max_missing=1.0,
        gaps=gaps,
        drill_down=False,
    )
    space = space_of(kind, [*WORDS[kind.__name__], *EXITS])
    return world.engine().prepare(config, list(corners(space)))
