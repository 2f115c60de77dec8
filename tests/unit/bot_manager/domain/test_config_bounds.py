"""Bounds of a bot's configuration: values outside are refused by name on entry."""

from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from bot_manager.domain.config import read_bot_json, readable_part
from bot_manager.runtime.config_files import BotFiles
from tests.builders import an_instrument
from tests.fakes import InMemoryBotRepository, InMemoryInstrumentRepository, InMemoryStore
from tests.unit.bot_manager.bot_builders import a_bot
from utils.clock import SystemClock
from utils.errors import ConfigError

BAD: list[tuple[dict[str, Any], str]] = [
    ({"capital": "1e999999999"}, "capital"),
    ({"capital": "1e-999999999"}, "capital"),
    ({"capital": "1" * 5_000}, "capital"),
    ({"min_notional": "1e999999999"}, "min_notional"),
    ({"sizing": {"rule": "quote_amount", "amount": "1e999999999"}}, "sizing.amount"),
    ({"costs": {"slippage_bps": "1e-999999999"}}, "costs.slippage_bps"),
    ({"protections": {"cool_down_s": 1e300}}, "protections.cool_down_s"),
    ({"protections": {"cool_down_s": "inf"}}, "protections.cool_down_s"),
    ({"latency_ms": 10**30}, "latency_ms"),
    ({"parameters": {"fast": 10**30}}, "parameters.fast"),
    ({"parameters": {"fast": "a\0b"}}, "parameters.fast"),
    ({"strategy": "\ud800"}, "strategy"),
    ({"instrument": "okx:" + "X" * 200}, "instrument"),
]


def known_instruments() -> InMemoryInstrumentRepository:
    instruments = InMemoryInstrumentRepository(InMemoryStore())
    instruments.save([an_instrument()])
    return instruments


@pytest.mark.parametrize(("changes", "field"), BAD)
def test_a_bot_out_of_bounds_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as refused:
        a_bot(**changes)
    assert refused.value.field == field
    assert len(str(refused.value)) < 400


def test_a_file_out_of_bounds_harms_no_other_file(tmp_path: Path) -> None:
    good = a_bot().model_dump_json()
    (tmp_path / "good.json").write_text(good)
    (tmp_path / "cool.json").write_text(good.replace('"cool_down_s":0.0', '"cool_down_s":1e300'))
    (tmp_path / "rich.json").write_text(good.replace('"10000"', '"1e999999999"'))
    (tmp_path / "deep.json").write_text("[" * 100_000)
    bots = InMemoryBotRepository(InMemoryStore())
    BotFiles(tmp_path, bots, known_instruments(), SystemClock()).take_over()
    assert [status.name for status in bots.all()] == [a_bot().name]


def test_json_nested_too_deep_is_refused() -> None:
    with pytest.raises(ConfigError, match="is not valid JSON"):
        read_bot_json("[" * 100_000, source="file")


class _Failing(InMemoryBotRepository):
    """Raises an unexpected error, once."""

    failed = False

    def versions(self, name: str) -> Any:
        if not self.failed:
            self.failed = True
            raise OverflowError("cannot convert float infinity to integer")
        return super().versions(name)


def test_the_watcher_of_files_survives_any_failure_of_one_file(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(a_bot(name="one").model_dump_json())
    (tmp_path / "two.json").write_text(a_bot(name="two").model_dump_json())
    bots = _Failing(InMemoryStore())
    files = BotFiles(tmp_path, bots, known_instruments(), SystemClock())
    files.take_over()
    assert [status.name for status in bots.all()] == ["two"]
    files.take_over()
    assert [status.name for status in bots.all()] == ["one", "two"]
    stop = Event()
    watching = Thread(target=files.watch, args=(stop,), daemon=True)
    watching.start()
    stop.set()
    watching.join(10)
    assert not watching.is_alive()


@pytest.mark.parametrize(("changes", "field"), BAD)
def test_what_is_within_bounds_of_a_stored_bot_is_shown_with_its_error(
    changes: dict[str, Any], field: str
) -> None:
    good = a_bot()
    assert readable_part(good.name, good.model_dump(mode="json"), source="x") == (good, None)
    stored = good.model_dump(mode="json") | changes
    config, error = readable_part(good.name, stored, source="the stored configuration of it")
    assert error is not None
    assert error.field == field
    kept = {"name", "instrument", "strategy", "timeframe"} - {field.partition(".")[0]}
    assert config.model_dump(include=kept) == good.model_dump(include=kept)
