"""Commands find the platform and its stores in one way: --data-dir, DATABASE_URL, DATA_DIR."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from database.embedded import InstanceInfo, own
from database.migrate import migrate
from scripts.cli.app import app

pytestmark = [pytest.mark.integration]

NOTHING_SET = {"DATABASE_URL": None, "REDIS_URL": None, "DATA_DIR": None, "COLUMNS": "200"}
READERS = (
    "bots list",
    "bots kill --all",
    "alerts list",
    "backtest compare",
    "maintenance database",
    "maintenance timescale",
    "maintenance retention --dry-run",
)


@pytest.fixture(scope="module")
def platform(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, redis_url: str
) -> Iterator[Path]:
    """Yield the data directory of a platform that has announced where its servers listen."""
    migrate(database_url)
    folder = tmp_path_factory.mktemp("platform")
    with own(folder) as instance:
        instance.announce(
            InstanceInfo(
                pid=os.getpid(),
                started_at=datetime.now(UTC),
                dashboard_url="http://127.0.0.1:1",
                database_url=database_url,
                redis_url=redis_url,
            )
        )
        yield folder


def given(command: str, *options: object, **env: str | None) -> tuple[int, str]:
    arguments = [*command.split(), *map(str, options)]
    result = CliRunner().invoke(app, arguments, env={**NOTHING_SET, **env})
    assert result.exception is None or isinstance(result.exception, SystemExit), result
    return result.exit_code, result.output


@pytest.mark.parametrize("command", READERS)
def test_a_command_finds_the_platform_of_a_directory_by_option_or_setting(
    platform: Path, command: str
) -> None:
    assert given(command, "--data-dir", platform)[0] == 0
    assert given(command, DATA_DIR=str(platform))[0] == 0


def test_the_bus_is_the_one_of_the_platform_over_the_same_database(
    platform: Path, database_url: str
) -> None:
    found = given("bots list", DATABASE_URL=database_url, DATA_DIR=str(platform))
    assert found == (0, "")


@pytest.mark.parametrize(
    "command",
    [
        *READERS,
        "bots verify nobody",
        "data verify okx:BTC-USDT",
        "maintenance backup /nowhere/backup.zip",
    ],
)
@pytest.mark.parametrize("place", ["missing", "empty", "file"])
def test_nothing_is_made_where_nothing_is_stored(tmp_path: Path, command: str, place: str) -> None:
    folder = tmp_path / "data"
    make: dict[str, Callable[[], object]] = {"empty": folder.mkdir, "file": folder.touch}
    make.get(place, lambda: None)()
    before = sorted(tmp_path.rglob("*"))
    code, printed = given(command, "--data-dir", folder)
    assert code == 2
    assert "--data-dir: " in printed
    assert str(folder) in printed
    assert sorted(tmp_path.rglob("*")) == before
