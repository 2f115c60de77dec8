"""Commands of users to bots, and bot files as their replacement."""

from pathlib import Path
from threading import Event, Thread

import pytest

from bot_manager.domain.config import BotConfig
from bot_manager.domain.lifecycle import LifecycleEvent
from bot_manager.domain.topics import BOT_COMMANDS
from bot_manager.errors import (
    IllegalTransition,
    NameTaken,
    NothingChanged,
    UnknownBot,
    UnknownInstrument,
    UnknownVersion,
)
from bot_manager.runtime.command_service import ALL_BOTS, BotCommandService
from bot_manager.runtime.config_files import BotFiles
from tests.builders import ETH, START, an_instrument
from tests.fakes import InMemoryBotRepository, InMemoryInstrumentRepository, InMemoryStore
from tests.fakes.bus import InMemoryBus
from tests.integration.waits import eventually
from tests.unit.bot_manager.bot_builders import a_bot
from utils.clock import ManualClock
from utils.messaging import Interest


@pytest.fixture
def store() -> InMemoryStore:
    return InMemoryStore()


@pytest.fixture
def bots(store: InMemoryStore) -> InMemoryBotRepository:
    return InMemoryBotRepository(store)


@pytest.fixture
def instruments(store: InMemoryStore) -> InMemoryInstrumentRepository:
    """Return a repository in which only BTC is stored."""
    known = InMemoryInstrumentRepository(store)
    known.save([an_instrument()])
    return known


@pytest.fixture
def service(
    bots: InMemoryBotRepository, instruments: InMemoryInstrumentRepository
) -> BotCommandService:
    return BotCommandService(bots, instruments, InMemoryBus(), ManualClock(START), "ann")


def test_a_command_is_stored_and_published(
    bots: InMemoryBotRepository, instruments: InMemoryInstrumentRepository
) -> None:
    bus = InMemoryBus()
    service = BotCommandService(bots, instruments, bus, ManualClock(START), "ann")
    service.create(a_bot())
    with bus.subscribe([Interest(BOT_COMMANDS)]) as subscription:
        [stored] = service.command(["alice"], LifecycleEvent.START, "why not")
        assert [message.value() for message in subscription.receive(0)] == [stored.request]
    assert bots.pending_commands() == [stored]
    assert (stored.request.actor, stored.request.reason) == ("ann", "why not")


def test_all_or_none_are_commanded(service: BotCommandService, bots: InMemoryBotRepository) -> None:
    service.create(a_bot())
    with pytest.raises(UnknownBot, match="nobody"):
        service.command(["alice", "nobody"], LifecycleEvent.START)
    with pytest.raises(IllegalTransition, match="kill is possible when"):
        service.command(["alice"], LifecycleEvent.KILL)
    assert bots.pending_commands() == []


def test_a_clone_is_the_same_under_another_name(service: BotCommandService) -> None:
    service.create(a_bot(capital="77", exits={"stop_loss_bps": 30}))
    clone = service.clone("alice", "bob")
    assert clone.config == a_bot("bob", capital="77", exits={"stop_loss_bps": 30})
    assert clone.reason == "as alice"
    with pytest.raises(NameTaken):
        service.clone("alice", "bob")


def test_an_older_version_becomes_the_next_one(service: BotCommandService) -> None:
    service.create(a_bot())
    service.change(a_bot(capital="5"))
    version = service.rollback("alice", 1)
    assert (version.number, version.config) == (3, a_bot())
    assert version.reason == "rollback to version 1"
    with pytest.raises(NothingChanged):
        service.rollback("alice", 3)
    with pytest.raises(UnknownVersion, match="only 1 to 3"):
        service.rollback("alice", 9)


def test_a_command_to_all_is_one_row_and_published_once(
    bots: InMemoryBotRepository, instruments: InMemoryInstrumentRepository
) -> None:
    bus = InMemoryBus()
    service = BotCommandService(bots, instruments, bus, ManualClock(START), "ann")
    service.create(a_bot())
    with bus.subscribe([Interest(BOT_COMMANDS)]) as subscription:
        stored = service.command_all(LifecycleEvent.KILL, "enough")
        assert [message.value().bot for message in subscription.receive(0)] == [ALL_BOTS]
    assert bots.pending_fleet_commands() == [stored]


def test_a_bot_on_an_unknown_instrument_is_refused(
    service: BotCommandService, bots: InMemoryBotRepository
) -> None:
    with pytest.raises(UnknownInstrument, match="okx:NOPE-USDT is unknown, or its kind"):
        service.create(a_bot(instrument="okx:NOPE-USDT"))
    assert bots.all() == []


def test_a_file_fails_until_its_instrument_is_known(
    tmp_path: Path, bots: InMemoryBotRepository, instruments: InMemoryInstrumentRepository
) -> None:
    (tmp_path / "alice.json").write_text(a_bot(instrument=str(ETH)).model_dump_json())
    files = BotFiles(tmp_path, bots, instruments, ManualClock(START))
    files.take_over()
    assert bots.all() == []
    assert "okx:ETH-USDT is unknown" in files.failures.problems()["bot file alice.json"]
    instruments.save([an_instrument(ETH)])
    files.take_over()
    assert [bot.name for bot in bots.all()] == ["alice"]


def test_a_bad_file_harms_no_other(
    tmp_path: Path, bots: InMemoryBotRepository, instruments: InMemoryInstrumentRepository
) -> None:
    (tmp_path / "a.json").write_text(a_bot("alice").model_dump_json())
    (tmp_path / "b.json").write_text('{"name": "bob", "colour": 1}')
    (tmp_path / "c.json").write_bytes(b"\xff")
    (tmp_path / "d.json").write_text(" " * 1_000_001)
    files = BotFiles(tmp_path, bots, instruments, ManualClock(START))
    files.take_over()
    assert [bot.name for bot in bots.all()] == ["alice"]
    failing = {"bot file b.json", "bot file c.json", "bot file d.json"}
    assert set(files.failures.problems()) == failing


def test_a_file_is_applied_again_only_when_it_changes(
    service: BotCommandService,
    bots: InMemoryBotRepository,
    instruments: InMemoryInstrumentRepository,
    tmp_path: Path,
) -> None:
    files = BotFiles(tmp_path, bots, instruments, ManualClock(START))

    def take_over(*configs: BotConfig) -> None:
        for config in configs:
            (tmp_path / f"{config.name}.json").write_text(config.model_dump_json())
        files.take_over()

    take_over(a_bot())
    service.change(a_bot(capital="5"))
    take_over(a_bot())
    assert [version.actor for version in bots.versions("alice")] == ["file alice", "ann"]
    take_over(a_bot(capital="6"), a_bot("bob"))
    newest = bots.versions("alice")[-1]
    assert (newest.actor, newest.config.capital) == ("file alice", 6)
    take_over(a_bot(instrument="okx:ETH-USDT", capital="6"))
    assert len(bots.versions("alice")) == 3
    assert "instrument" in files.failures.problems()["bot file alice.json"]


def test_files_are_watched_and_their_bots_started(
    tmp_path: Path, bots: InMemoryBotRepository, instruments: InMemoryInstrumentRepository
) -> None:
    stop = Event()
    files = BotFiles(tmp_path, bots, instruments, ManualClock(START), start_new=True)
    watching = Thread(target=files.watch, args=(stop,))
    watching.start()
    (tmp_path / "alice.json").write_text(a_bot().model_dump_json())
    eventually(lambda: bots.get("alice"))
    (tmp_path / "alice.json").write_text(a_bot(capital="77").model_dump_json())
    eventually(lambda: len(bots.versions("alice")) == 2)
    stop.set()
    watching.join()
    assert [one.request.command for one in bots.pending_commands()] == [LifecycleEvent.START]
    assert bots.versions("alice")[1].actor == "file alice"
