"""The guide to one's own strategy: its code, from an empty file to a signal."""

import re
from pathlib import Path

import pytest

from config import load_model
from data import InstrumentId
from strategies.config import StrategyConfig
from strategies.engine.settings import EngineSettings
from strategies.user_code.loader import load_file
from strategies.verification import verify
from tests.engine_world import World, some_candles
from tests.fakes import InMemoryStore

GUIDE = (Path(__file__).parents[3] / "docs" / "add-a-strategy.md").read_text()
FILES: dict[str, str] = dict(
    re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", GUIDE, flags=re.DOTALL)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with all files of the guide, by their own names."""
    for name, text in FILES.items():
        (tmp_path / Path(name).name).write_text(text)
    return tmp_path


def test_the_guides_strategy_has_no_leak(folder: Path) -> None:
    loaded = load_file(folder / "calm_trend.py")
    assert loaded.problems == ()
    (source,) = loaded.sources
    report = verify(source.kind, source.path.read_text())
    assert report.passed, "\n".join(report.lines())


def test_the_guides_strategy_gives_signals(folder: Path) -> None:
    config = load_model(folder / "calm-trend.json", StrategyConfig)
    (request,) = config.requests("calm-trend")
    world = World(EngineSettings(user_strategies=folder, allow_unverified=True), InMemoryStore())
    bitcoin = InstrumentId("simulated", "BTC-USDT")
    assert request.instrument == bitcoin
    candles = some_candles(1_200, 2, level=90_000, instrument=bitcoin)
    world.close(candles)
    world.request(request)
    world.work(4)
    status = world.group(request.requester)
    signals = world.stored(status.group)
    assert status.evaluated_to == candles[-1].close_time
    assert len(signals) > 3
    assert "average" in signals[-1].reason
