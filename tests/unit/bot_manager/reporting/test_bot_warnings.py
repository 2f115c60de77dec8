"""Warnings of a bot, which its page and command show first."""

from decimal import Decimal

import msgspec
import pytest

from bot_manager.domain.journal import SessionStarted
from bot_manager.reporting.bot_warnings import BotWarnings, exits_left_out
from bot_manager.trading import OrderRefusal
from strategies import Direction, Exits
from strategies.group_progress import GroupAdvance
from strategies.strategy_files import StrategyFacts, StrategyFile
from tests.backtest_world import SPOT, SWAP
from tests.builders import START, at
from tests.fakes import InMemorySignalRepository, InMemoryStore, InMemoryStrategyRepository
from tests.unit.bot_manager.bot_builders import SCALES, a_bot, an_entry, an_order
from tests.unit.strategies.signal_builders import a_group, a_signal

EXITS = '{"properties": {"exits": {"default": {"stop_loss_bps": 200}}}}'


@pytest.fixture
def warnings() -> BotWarnings:
    """Return warnings of a strategy with a default stop that was short once."""
    store = InMemoryStore()
    signals, strategies = InMemorySignalRepository(store), InMemoryStrategyRepository(store)
    signals.begin(a_group(), at(-60))
    decided = (a_signal(0, Direction.SHORT), a_signal(60, Direction.FLAT))
    advance = GroupAdvance(
        group=a_group(), evaluated_from=at(-60), evaluated_to=at(120), signals=decided
    )
    signals.commit([advance])
    facts = StrategyFacts(name="EmaCrossover", title="", description="", line=1, parameters=EXITS)
    file = StrategyFile(path="a.py", version="v1", seen_at=START, strategies=(facts,))
    strategies.save_files([file])
    return BotWarnings(signals, strategies)


def started() -> SessionStarted:
    return SessionStarted(version=1, group=a_group(), instrument=SPOT, scales=SCALES)


def test_exits_of_the_strategy_that_the_bot_leaves_out_are_reported(warnings: BotWarnings) -> None:
    [warning] = warnings.of(a_bot(), SPOT, [], [])
    assert warning.code == "exits_left_out"
    assert "Set exits.stop_loss_bps=200" in warning.text
    assert warnings.of(a_bot(exits={"stop_loss_bps": 150}), SPOT, [], []) == []
    assert list(exits_left_out(Exits(), a_bot())) == []


def test_short_targets_of_its_session_are_reported_on_spot_alone(warnings: BotWarnings) -> None:
    config, journal = a_bot(exits={"stop_loss_bps": 1}), [an_entry(0, started())]
    [warning] = warnings.of(config, SPOT, journal, [])
    assert warning.text.startswith("1 short target was treated as flat")
    assert warnings.of(config, SWAP, journal, []) == []
    later = [msgspec.structs.replace(journal[0], effective_at=an_entry(60).effective_at)]
    assert warnings.of(config, SPOT, later, []) == []


def test_refused_entries_of_its_session_are_reported_with_their_reason(
    warnings: BotWarnings,
) -> None:
    config, journal = a_bot(exits={"stop_loss_bps": 1}), [an_entry(0, started())]
    small = msgspec.structs.replace(
        an_order(at_s=5), refusal=OrderRefusal.BELOW_MIN_SIZE, size=Decimal(0)
    )
    before = msgspec.structs.replace(small, time=at(-5))
    found = warnings.of(config, SWAP, journal, [before, small, small])
    assert [warning.text[:40] for warning in found] == ["2 entries were refused: the size was bel"]
