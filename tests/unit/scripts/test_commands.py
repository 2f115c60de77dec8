from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

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
from scripts import (
    check_health,
    compare_backtests,
    delete_instrument,
    download_history,
    export_candles,
    import_candles,
    import_trades,
    run_backtest,
    run_strategy,
    seal_tapes,
    verify_candles,
)
from scripts.exits import ExitCode, exit_on_error
from scripts.instrument_options import Bounds, bounds_given, instrument_named
from tests.builders import BTC
from utils.errors import ConfigError

SCRIPTS = Path(__file__).parents[3] / "scripts"
COMMANDS_DOC = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()
COMMANDS = {
    module.__name__.rpartition(".")[2]: module.app
    for module in (
        check_health,
        compare_backtests,
        delete_instrument,
        download_history,
        export_candles,
        import_candles,
        import_trades,
        run_backtest,
        run_strategy,
        seal_tapes,
        verify_candles,
    )
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str):
    outcome = CliRunner().invoke(COMMANDS[name], ["--help"], env={"COLUMNS": "200"})
    assert outcome.exit_code == 0
    assert f"Example: uv run scripts/{name}.py" in outcome.output
    assert "--json" in outcome.output
    assert "--data-dir" in outcome.output


# Commands without data of a platform.
WITHOUT_PLATFORM = {"hash_password", "start_simulator", "verify_strategy"}


@pytest.mark.parametrize(
    "name",
    sorted(
        path.stem
        for path in SCRIPTS.glob("*.py")
        if "app = typer.Typer(" in path.read_text() and not path.stem.startswith("bench_")
    ),
)
def test_every_command_is_told_the_data_directory_in_the_same_way(name: str):
    command = typer.main.get_command(import_module(f"scripts.{name}").app)
    help_of = {
        each.name: [option.help for option in each.params if "--data-dir" in option.opts]
        for each in getattr(command, "commands", {name: command}).values()
    }
    # It sends through the channels of the settings, whether a platform runs or not.
    help_of.pop("test", None)
    if name in WITHOUT_PLATFORM:
        assert not any(help_of.values())
    else:
        # Users are a file in the data directory, wherever the database is.
        default = "DATA_DIR" if name == "users" else "DATABASE_URL, else DATA_DIR"
        outcome = f"The platform's data directory. Default: {default}."
        assert [each for each, shown in help_of.items() if shown != [outcome]] == []


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
def test_an_exit_code_says_what_to_do(error: BaseException, code: ExitCode):
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


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str):
    _, _, section = COMMANDS_DOC.partition(f"## {name}.py\n")
    assert section
    command = typer.main.get_command(COMMANDS[name])
    options = {option for p in command.params for option in p.opts if option.startswith("--")}
    assert [option for option in sorted(options) if option not in COMMANDS_DOC] == []
