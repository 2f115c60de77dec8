"""A backtest depends only on configuration, data and code, not on machine or chunks."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from backtesting.config import BacktestConfig
from strategies.hosts.registry import StrategyRegistry
from tests.backtest_world import World
from tests.builders import START

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

RULES = st.sampled_from(
    [
        ("EmaCrossover", {"fast": 3, "slow": 8}),
        ("EmaCrossover", {"fast": 12, "slow": 26}),
        ("MacdCross", {}),
        ("RsiReversion", {"length": 5}),
        ("DonchianBreakout", {"length": 10}),
    ]
)
BPS = st.none() | st.sampled_from([4, 10, 40])
VALUES_GIVEN = st.fixed_dictionaries(
    {
        "exits": st.fixed_dictionaries(
            {"stop_loss_bps": BPS, "take_profit_bps": BPS, "trailing_stop_bps": BPS}
        ),
        "latency_ms": st.sampled_from([0, 250, 400_000]),
        "enter_on_start": st.booleans(),
        "resolution": st.sampled_from(["bars", "bars", "1m"]),
        "drill_down": st.booleans(),
        "protections": st.sampled_from([{}, {"daily_loss": "0.01", "cool_down_s": 1800}]),
        "start": st.integers(300, 800).map(lambda row: START + timedelta(minutes=5 * row)),
    }
)
# A candle that closes at the span's start belongs to the window before the span's.
BEGINS_AT_AN_ANCHOR = {"exits": {}, "start": START + timedelta(minutes=5 * 576)}


@pytest.fixture(scope="module")
def world() -> World:
    """Return six days of minutes."""
    world = World()
    world.add_minutes(6 * 1440, seed=7)
    return world


# No shrinking: it would take minutes.
@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(rule=RULES, values_given=VALUES_GIVEN)
@example(rule=("MacdCross", {}), values_given=BEGINS_AT_AN_ANCHOR)
def test_streamed_held_and_prepared_for_others_it_is_the_same(
    world: World, rule: tuple[str, dict[str, Any]], values_given: dict[str, Any]
) -> None:
    name, parameters = rule
    values = values_given | {"strategy": name, "end": START + timedelta(days=6)}
    config = world.config(**values, parameters=parameters)
    held = world.engine().run(config)
    streamed = world.engine(max_rows_in_memory=50).run(config)
    assert streamed.digests == held.digests
    assert streamed.metrics == held.metrics
    expected = StrategyRegistry().create(name, parameters)
    prepared = world.engine().prepare(world.config(**values, parameters={}), [expected])
    outcome = prepared.run(prepared.strategy(parameters))
    # Others may need more warm-up than is stored: then all start later.
    begins = prepared.history.scope.span.start
    alone = held if begins == config.start else world.engine().run(_from(config, begins))
    assert outcome.digest() == alone.digests.outcome
    assert outcome.metrics() == alone.metrics
    assert held.agrees, [check for check in held.reconciled if not check.holds]


def _from(config: BacktestConfig, start: datetime) -> BacktestConfig:
    return config.model_copy(update={"start": start})


_RUN = """
import json
from tests.backtest_world import World
world = World()
world.add_minutes(5 * 1440)
values = {"exits": {"stop_loss_bps": 5, "take_profit_bps": 5}, "end": "2025-01-11"}
result = world.engine().run(world.config(**values))
digests = {name: getattr(result.digests, name) for name in result.digests.__struct_fields__}
print(json.dumps([digests, dict(result.metrics)]))
"""


def test_hash_seeds_and_threads_change_nothing() -> None:
    answers = []
    for seed, threads in (("0", "1"), ("4711", "2")):
        env = {"PYTHONHASHSEED": seed, "NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads,
               "OPENBLAS_NUM_THREADS": threads, "PATH": ""}  # fmt: skip
        command = [sys.executable, "-c", _RUN]
        run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=env)
        answers.append(json.loads(run.stdout))
    assert answers[0] == answers[1]
    assert answers[0][0]["intrabar"]
