"""The command that runs a strategy over stored candles prints the engine's signals."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from data import TimeSpan
from database import SqlCandleRepository, open_database
from database.migrate import migrate
from scripts.cli.strategy.run import app
from strategies.group_progress import GroupStatus
from strategies.library import EmaCrossover
from tests.builders import BTC, at
from tests.engine_world import World, replayed, some_candles
from tests.fakes import InMemorySignalRepository, InMemoryStore
from tests.unit.strategies.signal_builders import a_group

pytestmark = pytest.mark.integration

CANDLES = some_candles(9_000, 4)
QUICK = '{"fast": 2, "slow": 4}'


@pytest.fixture(scope="module")
def stored(database_url: str) -> str:
    migrate(database_url)
    database = open_database(database_url)
    candles = SqlCandleRepository(database)
    candles.save(CANDLES)
    span = TimeSpan(CANDLES[0].open_time, CANDLES[-1].close_time)
    candles.add_coverage(BTC, CANDLES[0].timeframe, [span])
    database.close()
    return database_url


def run(database_url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"DATABASE_URL": database_url})


def test_it_reports_the_signals_of_a_replay(stored: str, tmp_path: Path) -> None:
    file = tmp_path / "signals.jsonl"
    done = run(
        stored, "EmaCrossover", str(BTC), "--parameters", QUICK, "--json",
        "--from", at(60 * 4_000).isoformat(), "--last", "3", "--signals", str(file),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    world = World()
    world.close(CANDLES)
    group = a_group()
    status = GroupStatus(
        group=group, started_from=at(60 * 4_000), evaluated_to=CANDLES[-1].close_time
    )
    expected = replayed(
        world.candles,
        InMemorySignalRepository(InMemoryStore()),
        status,
        EmaCrossover.model_validate_json(QUICK),
    )
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["reason"] for line in lines] == [signal.reason for signal in expected]
    assert sum(report["signals"].values()) == len(expected)
    assert report["last_signals"] == lines[-3:]
    assert report["candles"] == sum(candle.open_time >= at(60 * 4_000) for candle in CANDLES)


def test_the_default_output_is_a_table(stored: str) -> None:
    done = run(stored, "EmaCrossover", str(BTC), "--parameters", QUICK)
    assert done.exit_code == 0, done.output
    assert f"{len(CANDLES):,} candles" in done.output
    assert "fast" in done.output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["EmaCrossover", "okx:NOTHING"], "no 1m candle of okx:NOTHING is stored"),
        (["Nope", str(BTC)], "'Nope' is not a strategy"),
    ],
)
def test_a_wrong_argument_is_reported(stored: str, arguments: list[str], problem: str) -> None:
    done = run(stored, *arguments)
    assert done.exit_code == 2
    assert problem in done.output
