"""Fields of a configuration are changed by name, and back again."""

from decimal import Decimal

import pytest

from bot_manager.asking import EVERYBODY, BotDesk
from bot_manager.editing import edited
from bot_manager.errors import NothingChanged, UnknownVersion
from bot_manager.lifecycle import Rule
from bot_manager.topics import BOT_COMMANDS
from tests.builders import START, an_instrument
from tests.fakes import InMemoryBotRepository, InMemoryInstrumentRepository, InMemoryStore
from tests.unit.bot_manager.bot_builders import a_bot
from utils.clock import ManualClock
from utils.errors import ConfigError
from utils.messaging import InMemoryBus, Interest


def test_fields_and_their_parts_are_given_other_values() -> None:
    config = edited(
        a_bot(parameters={"fast": 5}),
        ["capital=250.10", "exits.stop_loss_bps=150", "parameters.slow=9", "parameters.fast="],
    )
    assert config.capital == Decimal("250.1")
    assert config.exits.stop_loss_bps == 150
    assert config.parameters == {"slow": 9}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("capital", "FIELD=VALUE"),
        ("capital=-5", "capital"),
        ("nothing=5", "nothing"),
        ("capital.part=5", "capital has no parts"),
        ("sizing.rule=all", "sizing.rule"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(given: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        edited(a_bot(), [given])


def a_desk() -> tuple[BotDesk, InMemoryBotRepository, InMemoryBus]:
    store, bus = InMemoryStore(), InMemoryBus()
    bots, instruments = InMemoryBotRepository(store), InMemoryInstrumentRepository(store)
    instruments.save([an_instrument()])
    return BotDesk(bots, instruments, bus, ManualClock(START), "ann"), bots, bus


def test_an_older_version_becomes_the_next_one() -> None:
    desk, _, _ = a_desk()
    desk.create(a_bot())
    desk.change(a_bot(capital="5"))
    version = desk.rollback("alice", 1)
    assert (version.number, version.config) == (3, a_bot())
    assert version.reason == "back to version 1"
    with pytest.raises(NothingChanged):
        desk.rollback("alice", 3)
    with pytest.raises(UnknownVersion, match="from 1 to 3"):
        desk.rollback("alice", 9)


def test_a_command_to_all_is_one_row_and_rings_once() -> None:
    desk, bots, bus = a_desk()
    with bus.subscribe([Interest(BOT_COMMANDS)]) as bells:
        asked = desk.command_all(Rule.KILL, "enough")
        assert [message.value().bot for message in bells.receive(0)] == [EVERYBODY]
    assert bots.unanswered_to_all() == [asked]
