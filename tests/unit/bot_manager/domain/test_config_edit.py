"""Edits of a configuration's fields by name, and back again."""

from decimal import Decimal

import pytest

from bot_manager.domain.config_edit import edit_config
from bot_manager.domain.lifecycle import TransitionRule
from bot_manager.domain.topics import BOT_COMMANDS
from bot_manager.errors import NothingChanged, UnknownVersion
from bot_manager.runtime.command_service import ALL_BOTS, BotCommandService
from tests.builders import START, an_instrument
from tests.fakes import InMemoryBotRepository, InMemoryInstrumentRepository, InMemoryStore
from tests.unit.bot_manager.bot_builders import a_bot
from utils.clock import ManualClock
from utils.errors import ConfigError
from utils.messaging import InMemoryBus, Interest


def test_fields_and_their_parts_are_given_other_values() -> None:
    config = edit_config(
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
        ("capital.part=5", "capital has no fields"),
        ("sizing.rule=all", "sizing.rule"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(given: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        edit_config(a_bot(), [given])


def a_service() -> tuple[BotCommandService, InMemoryBotRepository, InMemoryBus]:
    store, bus = InMemoryStore(), InMemoryBus()
    bots, instruments = InMemoryBotRepository(store), InMemoryInstrumentRepository(store)
    instruments.save([an_instrument()])
    return BotCommandService(bots, instruments, bus, ManualClock(START), "ann"), bots, bus


def test_an_older_version_becomes_the_next_one() -> None:
    service, _, _ = a_service()
    service.create(a_bot())
    service.change(a_bot(capital="5"))
    version = service.rollback("alice", 1)
    assert (version.number, version.config) == (3, a_bot())
    assert version.reason == "rollback to version 1"
    with pytest.raises(NothingChanged):
        service.rollback("alice", 3)
    with pytest.raises(UnknownVersion, match="only 1 to 3"):
        service.rollback("alice", 9)


def test_a_command_to_all_is_one_row_and_rings_once() -> None:
    service, bots, bus = a_service()
    with bus.subscribe([Interest(BOT_COMMANDS)]) as subscription:
        stored = service.command_all(TransitionRule.KILL, "enough")
        assert [message.value().bot for message in subscription.receive(0)] == [ALL_BOTS]
    assert bots.unanswered_to_all() == [stored]
