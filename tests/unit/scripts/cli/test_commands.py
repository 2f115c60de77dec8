from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from data import TimeSpan
from data.errors import (
    InvalidValue,
    RepositoryError,
    RepositoryUnavailable,
    TapeTaken,
    TemporaryFeedError,
)
from data.imports.tables.table import UnreadableFile
from scripts.cli.app import COMMANDS as MODULES
from scripts.cli.app import app
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import Bounds, bounds_given, instrument_named
from tests.builders import BTC
from utils.errors import ConfigError

COMMANDS_DOC = (Path(__file__).parents[4] / "docs" / "commands.md").read_text()
GROUPS: Any = typer.main.get_command(app)
COMMANDS = {
    f"{group} {name}": GROUPS.commands[group].get_command(None, name)
    for group, names in MODULES.items()
    for name in names
}
REPORTS = (
    "maintenance health", "maintenance database", "maintenance backup", "maintenance restore",
    "maintenance retention", "backtest compare", "backtest run", "backtest walk-forward",
    "sweep run", "data delete", "data download", "data export", "data import-candles",
    "data import-trades", "data seal", "data verify", "strategy run",
)  # fmt: skip


def test_the_table_names_every_command_of_its_modules() -> None:
    missing = {
        f"{module} {name}"
        for modules in MODULES.values()
        for module in set(modules.values())
        for name in getattr(typer.main.get_command(import_module(module).app), "commands", ())
        if modules.get(name) != module
    }
    assert missing == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str):
    outcome = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "200"})
    assert outcome.exit_code == 0
    example = "main.py" if name == "services all" else f"truetape {name}"
    assert f"Example: uv run {example}" in outcome.output


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_printed_for_programs_too(name: str):
    options = {option for each in COMMANDS[name].params for option in each.opts}
    assert {"--json", "--data-dir"} <= options


# Commands that need no data of a platform, or make them.
WITHOUT_PLATFORM = {
    "users hash-password", "services simulator", "strategy verify", "alerts test",
    "maintenance reference",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "services all"])
def test_every_command_is_given_the_data_directory_in_the_same_way(name: str):
    shown = [option.help for option in COMMANDS[name].params if "--data-dir" in option.opts]
    # Users are a file in the data directory, wherever the database is.
    default = "DATA_DIR" if name.startswith("users ") else "DATABASE_URL, else DATA_DIR"
    expected = f"The platform's data directory. Default: {default}."
    assert shown == ([] if name in WITHOUT_PLATFORM else [expected])


def ending_of(error: BaseException) -> int:
    with pytest.raises(typer.Exit) as caught, exit_on_error():
        raise error
    return caught.value.exit_code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("--from", problem="must be a time"), ExitCode.USAGE),
        (RepositoryUnavailable("no database"), ExitCode.UNREACHABLE),
        (TemporaryFeedError("no exchange"), ExitCode.UNREACHABLE),
        (UnreadableFile("damaged"), ExitCode.FOUND),
        (InvalidValue("another feed"), ExitCode.FOUND),
        (RepositoryError("refused"), ExitCode.FAILED),
        (TapeTaken("a collector writes it"), ExitCode.FAILED),
        (OSError(28, "No space left on device", "/full"), ExitCode.FAILED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    ],
)
def test_an_exit_code_names_the_remedy(error: BaseException, code: ExitCode):
    assert ending_of(error) == code


def test_a_failure_is_one_line_without_a_secret(capsys: pytest.CaptureFixture[str]):
    ending_of(RepositoryError("postgresql://me:canary@host/db refuses"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "canary" not in err


def test_a_bug_is_not_made_plain():
    with pytest.raises(ZeroDivisionError), exit_on_error():
        raise ZeroDivisionError


def test_an_instrument_is_named_with_its_exchange():
    assert instrument_named("okx:BTC-USDT") == BTC
    with pytest.raises(ConfigError, match="must look like okx:BTC-USDT"):
        instrument_named("BTC-USDT")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-01-06", datetime(2025, 1, 6, tzinfo=UTC)),
        ("2025-01-06T01:00", datetime(2025, 1, 6, 1, tzinfo=UTC)),
        ("2025-01-06T01:00+01:00", datetime(2025, 1, 6, tzinfo=UTC)),
        ("2025-01-06T00:00:00Z", datetime(2025, 1, 6, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_utc(text: str, time: datetime):
    assert bounds_given(text, None) == Bounds(time, None)


@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [
        ("noon", None, r"--from: must look like .*, was 'noon'"),
        (None, "noon", r"--to: must look like .*, was 'noon'"),
        ("9999-12-31T23:59-14:00", None, r"--from: must look like"),
        ("0001-01-01", None, r"--from: must not be before 1970"),
        ("2024-01-02", "2024-01-01", r"--from: must be before --to \(2024-01-01.*was 2024-01-02"),
        ("2024-01-01", "2024-01-01", r"--from: must be before --to"),
    ],
)
def test_a_span_that_is_none_names_its_option(start: str | None, end: str | None, problem: str):
    with pytest.raises(ConfigError, match=problem):
        bounds_given(start, end)


STORED = TimeSpan(datetime(2025, 1, 6, tzinfo=UTC), datetime(2025, 1, 8, tzinfo=UTC))


def test_a_span_is_clipped_to_what_is_stored():
    assert bounds_given(None, None).within(STORED) == STORED
    within = bounds_given("2025-01-07", "2200-01-01").within(STORED)
    assert within == TimeSpan(datetime(2025, 1, 7, tzinfo=UTC), STORED.end)


@pytest.mark.parametrize(
    ("start", "end", "option"), [("2200-01-01", None, "--from"), (None, "1971-01-01", "--to")]
)
def test_a_span_outside_of_what_is_stored_is_refused(
    start: str | None, end: str | None, option: str
):
    with pytest.raises(ConfigError, match=f"{option}: must lie within what is stored, 2025-01-06"):
        bounds_given(start, end).within(STORED)


@pytest.mark.parametrize("name", REPORTS)
def test_every_option_is_documented(name: str):
    assert f"\n## truetape {name}\n" in COMMANDS_DOC
    options = {option for p in COMMANDS[name].params for option in p.opts}
    documented = (option for option in options if option.startswith("--"))
    assert sorted(option for option in documented if option not in COMMANDS_DOC) == []
