"""The content of the Strategies page, and when it is sent again."""

from datetime import timedelta

import msgspec
import pytest
from plotly.io.json import to_json_plotly

from dashboard.features.strategies.detail import bounds
from dashboard.features.strategies.health import health_of, strategies_of
from dashboard.features.strategies.page import read_view
from dashboard.formats import utc
from strategies.strategy_files import StrategyVerificationResult
from tests.dashboard_signals import (
    a_broken_file,
    a_failed_verification,
    answer,
    evaluate_strategy,
    library_files,
    skip,
)
from tests.dashboard_world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.fill(minutes=200)
    return world


async def text_of(world: World, name: str = "") -> str:
    return to_json_plotly(await read_view(world.services(), name))


def health(world: World, name: str) -> tuple[str, str]:
    overview = world.services().signals.overview()
    strategy = next(each for each in strategies_of(overview.files) if each.facts.name == name)
    found = health_of(strategy, overview)
    return found.state, found.text


async def test_a_platform_without_strategies_reports_what_to_do(world: World) -> None:
    text = await text_of(world)
    assert "has not reported any strategies yet" in text
    assert "No signals yet" in text


async def test_a_store_that_is_down_is_reported(world: World) -> None:
    world.store.available = False
    assert "The database cannot be reached" in await text_of(world)


async def test_a_broken_file_is_named_with_its_line(world: World) -> None:
    world.strategies.save_files([*library_files(), a_broken_file()])
    text = await text_of(world)
    assert "my_first.py:12" in text
    assert "name 'emma' is not defined" in text


async def test_the_address_chooses_the_strategy_in_detail(world: World) -> None:
    world.strategies.save_files(library_files())
    text = await text_of(world, "RsiReversion")
    assert "rsi_reversion.py" in text
    assert "RSI below which to buy" in text
    assert "trailing_stop_bps" in text
    assert "BollingerReversion" in await text_of(world)


async def test_a_strategy_that_has_gone_is_missed_by_its_name(world: World) -> None:
    world.strategies.save_files([*library_files(), a_broken_file()])
    text = await text_of(world, "MyFirst")
    assert "No strategy of this name is loaded" in text
    assert "Not requested" not in text


async def test_a_group_has_its_last_signal_and_what_it_waits_for(world: World) -> None:
    world.strategies.save_files(library_files())
    group = evaluate_strategy(world, "EmaCrossover", {"fast": 2, "slow": 4}, "bot:1")
    (signal,) = world.signals.last_signals(1, group)
    text = await text_of(world, "EmaCrossover")
    assert f"since {utc(signal.close_time)}: {signal.reason}" in text
    assert "fast 2, slow 4" in text
    answer(world, group, "bot:1", "warming up: 384 1m candles required, 99 stored")
    text = await text_of(world, "EmaCrossover")
    assert "384 1m candles required, 99 stored" in text
    assert "Rejected requests" not in text


async def test_a_refusal_is_reported_in_brief_and_explained_by_the_report(world: World) -> None:
    world.strategies.save_files(library_files())
    evaluate_strategy(world, "EmaCrossover", {}, "bot:1")
    answer(world, None, "bot:1", "verification failed:\nEmaCrossover: NOT CLEAN")
    text = await text_of(world)
    assert "verification failed" in text
    assert "NOT CLEAN" not in text


def test_health_is_the_worst_that_is_known(world: World) -> None:
    world.strategies.save_files(library_files())
    assert health(world, "EmaCrossover") == ("idle", "Not requested")
    group = evaluate_strategy(world, "EmaCrossover", {}, "bot:1")
    assert health(world, "EmaCrossover") == ("ok", "Evaluated on 1 instrument")
    status = world.signals.group(group)
    assert status is not None
    skip(world, group, status.evaluated_to + timedelta(minutes=1), "took 2.1 s")
    assert health(world, "EmaCrossover") == ("lagging", "Skips candles: took 2.1 s")
    version = next(file.version for file in library_files() if "ema_crossover" in file.path)
    world.strategies.save_verification_result(_refusal_of(version))
    assert health(world, "EmaCrossover")[0] == "off"


def _refusal_of(version: str) -> StrategyVerificationResult:
    return msgspec.structs.replace(a_failed_verification(), version=version)


@pytest.mark.parametrize(
    ("field", "description"),
    [
        ({"minimum": 1, "maximum": 1000, "above": False, "below": False}, "1 to 1,000"),
        ({"minimum": 0, "maximum": 100, "above": True, "below": False}, "above 0 to 100"),
        ({"minimum": 50, "maximum": 100, "above": True, "below": True}, "above 50, below 100"),
    ],
)
def test_bounds_are_described(field: dict[str, object], description: str) -> None:
    assert bounds({"choices": [], **field}) == description


def test_choices_are_described() -> None:
    assert bounds({"choices": ["open", "close"], "minimum": None, "maximum": None}) == "open, close"
