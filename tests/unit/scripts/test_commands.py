from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from data.errors import (
    InvalidValue,
    RepositoryError,
    RepositoryUnavailable,
    TapeTaken,
    TemporaryFeedError,
)
from data.importing.tables import UnreadableFile
from scripts import (
    check_health,
    download_history,
    export_candles,
    import_candles,
    import_trades,
    run_strategy,
    verify_candles,
)
from scripts.exits import ExitCode, plain_failures
from scripts.instrument_options import instrument_named, time_given
from tests.builders import BTC
from utils.errors import ConfigError

COMMANDS_DOC = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()
COMMANDS = {
    module.__name__.rpartition(".")[2]: module.app
    for module in (
        check_health,
        download_history,
        export_candles,
        import_candles,
        import_trades,
        run_strategy,
        verify_candles,
    )
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str):
    said = CliRunner().invoke(COMMANDS[name], ["--help"], env={"COLUMNS": "200"})
    assert said.exit_code == 0
    assert f"Example: uv run scripts/{name}.py" in said.output
    assert "--json" in said.output
    assert "--data-dir" in said.output


def ending_of(error: BaseException) -> int:
    with pytest.raises(typer.Exit) as caught, plain_failures():
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
    with pytest.raises(ZeroDivisionError), plain_failures():
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
    assert time_given("--from", text) == time
    assert time_given("--from", None) is None


def test_a_time_that_cannot_be_read_names_its_option():
    with pytest.raises(ConfigError, match=r"--from: must look like .*, was 'noon'"):
        time_given("--from", "noon")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str):
    _, _, section = COMMANDS_DOC.partition(f"## {name}.py\n")
    assert section
    command = typer.main.get_command(COMMANDS[name])
    options = {option for p in command.params for option in p.opts if option.startswith("--")}
    assert [option for option in sorted(options) if option not in COMMANDS_DOC] == []
