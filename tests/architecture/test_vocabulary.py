"""The vocabulary is true: its words exist, and their rivals do not."""

import re
from pathlib import Path

import pytest

import backtesting.config
import backtesting.monte_carlo
import backtesting.record
import backtesting.search
import backtesting.sweeps.table
import backtesting.sweeps.trial
import backtesting.sweeps.worker_pool
import backtesting.walk_forward
import bot_manager.domain.config
import bot_manager.domain.journal
import bot_manager.domain.lifecycle
import bot_manager.domain.status
import bot_manager.domain.verification
import bot_manager.domain.versions
import data
import data.status
import strategies
import strategies.group_progress
import strategies.indicators
import strategies.requests
import strategies.strategy_files
import utils.alerts
import utils.alerts.notify.channel
import utils.messaging
import utils.probes
import utils.telemetry
import utils.telemetry.heartbeat
import utils.telemetry.meters

ROOT = Path(__file__).parents[2]
HOMES = (
    backtesting.config, backtesting.monte_carlo, backtesting.record, backtesting.search,
    backtesting.sweeps.table, backtesting.sweeps.trial, backtesting.sweeps.worker_pool,
    backtesting.walk_forward,
    bot_manager.domain.config, bot_manager.domain.journal, bot_manager.domain.lifecycle,
    bot_manager.domain.verification, bot_manager.domain.status, bot_manager.domain.versions,
    data, data.status, strategies, strategies.indicators, strategies.requests,
    strategies.group_progress, strategies.strategy_files,
    utils.messaging, utils.probes, utils.alerts, utils.alerts.notify.channel, utils.telemetry,
    utils.telemetry.heartbeat, utils.telemetry.meters,
)  # fmt: skip
# Words of the exchange's protocol stay in collectors and simulator.
RIVALS = re.compile(r"\b(class|def) (\w*(Kline|Ohlcv|TradingPair|Ticker24|DataFeedHandler)\w*)")


def terms() -> list[str]:
    types = (ROOT / "docs" / "vocabulary.md").read_text().split("## Types")[1]
    rows = types.split("## Times")[0].splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("| ") and "---" not in row][1:]
    return [word.strip() for cell in cells for word in cell.split(",")]


@pytest.mark.parametrize("word", [word for word in terms() if word not in ("Tape", "bar")])
def test_a_word_of_the_vocabulary_is_a_type(word: str) -> None:
    assert any(hasattr(home, word) for home in HOMES)


def test_every_public_type_of_the_market_is_in_the_vocabulary() -> None:
    types = {name for name in data.__all__ if name[0].isupper() and not name.isupper()}
    small = {"InstrumentKind", "InstrumentState", "Side", "Gaps"}
    assert types - small <= set(terms())


def test_no_rival_word_names_a_type_or_function() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group(2)}"
        for package in ("config", "data/market", "database", "dashboard", "utils", "scripts")
        for path in (ROOT / package).rglob("*.py")
        for match in RIVALS.finditer(path.read_text())
    ]
    assert found == []
