"""Law 7: a sweep's result for a parameter set equals its backtest's, digest for digest.

TRUETAPE_LAW_CASES sets how many sweeps are drawn; each evaluates several parameter sets: enough
to share what is computed; more sweeps, not more sets of one, vary the configuration.
"""

import os
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from backtesting.errors import NothingDecided
from backtesting.run.prepared import PreparedBacktest
from backtesting.search import RandomSearch, parse_space
from backtesting.sweeps.preparation import corners, prepare_sweep
from backtesting.sweeps.shared_decider import SharedDecider
from backtesting.sweeps.trial import TrialResult
from data import Gaps
from strategies import Strategy
from strategies.library import BUILT_IN, EmaCrossover
from strategies.strategy_handle import LocalStrategy, LocalType
from strategies.window_cache import is_row_independent
from tests.backtest_world import SPOT, SWAP, World
from tests.builders import START

CASES = int(os.environ.get("TRUETAPE_LAW_CASES", "60"))
POINTS = 4
SPECS = {
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
    space = parse_space(LocalType(kind), [*SPECS[kind.__name__], *EXITS])
    for point in RandomSearch(space, 12, seed=3).ask(12):
        strategy = space.strategy(point)
        assert isinstance(strategy, LocalStrategy)
        assert is_row_independent(strategy.strategy)
        assert shared.run(strategy).digest() == prepared.run(strategy).digest()


def test_a_users_strategy_is_evaluated_window_by_window(world: World) -> None:
    class Mine(EmaCrossover):
        pass

    assert not is_row_independent(Mine())
    prepared = replace(_prepared(world, EmaCrossover, "flat"), strategy_type=LocalType(Mine))
    shared = replace(prepared, decider=SharedDecider())
    mine = LocalStrategy(Mine())
    assert shared.run(mine).digest() == prepared.run(mine).digest()


@cache
def small_world(seed: int, of_swap: bool) -> World:
    """Return two days of minutes."""
    world = World(SWAP if of_swap else SPOT)
    world.add_minutes(2 * 1440, seed=seed)
    return world


FEE = st.sampled_from(["0", "0.0002", "0.001", "0.02"])
SHARE = st.none() | st.sampled_from(["0.005", "0.05", "0.5"])
VALUES_GIVEN = st.fixed_dictionaries(
    {
        "capital": st.sampled_from(["100", "10000", "987654.32"]),
        "costs": st.fixed_dictionaries(
            {
                "maker_fee": FEE,
                "taker_fee": FEE,
                "slippage_bps": st.sampled_from(["0", "1.5", "40"]),
            }
        ),
        "sizing": st.sampled_from(
            [
                {"rule": "equity_fraction", "amount": "1"},
                {"rule": "equity_fraction", "amount": "0.3"},
                {"rule": "quote_amount", "amount": "5000"},
            ]
        ),
        "protections": st.fixed_dictionaries(
            {
                "max_drawdown": SHARE,
                "daily_loss": SHARE,
                "cool_down_s": st.sampled_from([0, 600, 86_400]),
            }
        ),
        "leverage": st.sampled_from(["1", "0.4"]),
        "latency_ms": st.sampled_from([0, 250, 400_000]),
        "enter_on_start": st.booleans(),
        "timeframe": st.sampled_from(["1m", "5m"]),
        "resolution": st.sampled_from(["bars", "bars", "1m"]),
        "start": st.integers(300, 900).map(lambda row: START + timedelta(minutes=row)),
    }
)


# No shrinking: it would take minutes.
@settings(
    max_examples=CASES,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    kind=st.sampled_from(BUILT_IN),
    values_given=VALUES_GIVEN,
    seed=st.integers(1, 6),
    of_swap=st.booleans(),
    drawn=st.integers(0, 2**32 - 1),
)
def test_each_trial_of_any_sweep_is_the_backtest_of_its_parameters(
    kind: type[Strategy], values_given: dict[str, Any], seed: int, of_swap: bool, drawn: int
) -> None:
    world = small_world(seed, of_swap)
    rest = {"strategy": kind.__name__, "end": START + timedelta(days=2), "max_missing": 1.0}
    config = world.config(**values_given | rest, drill_down=False)
    engine = world.engine()
    space = parse_space(LocalType(kind), [*SPECS[kind.__name__], *EXITS])
    try:
        sweep = prepare_sweep(engine, config, space)
    except NothingDecided:
        assume(False)
    shared = sweep.prepared
    assert shared.config.start >= config.start
    for point in RandomSearch(space, POINTS, seed=drawn).ask(POINTS):
        strategy = space.strategy(point)
        evaluated = sweep.evaluator(space.parameters(point))
        if evaluated.problem:
            assert evaluated == TrialResult({}, evaluated.problem)
            assert evaluated.problem.startswith("not traded: ")
            continue
        alone = engine.run(shared.config.with_parameters(strategy))
        trial = shared.run(strategy)
        assert trial.digest() == alone.digests.outcome
        assert trial.metrics() == alone.metrics
        assert evaluated.metrics == {name: alone.metrics[name] for name in evaluated.metrics}


def _prepared(world: World, kind: type[Strategy], gaps: Gaps) -> PreparedBacktest:
    config = world.config(
        strategy=kind.__name__,
        timeframe="1m",
        start=world.config().start,
        end=world.config().start.replace(day=30),
        max_missing=1.0,
        gaps=gaps,
        drill_down=False,
    )
    space = parse_space(LocalType(kind), [*SPECS[kind.__name__], *EXITS])
    return world.engine().prepare(config, list(corners(space)))
