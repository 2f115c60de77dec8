"""The command: it starts without what few commands need, completes words, and is documented."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from typer.testing import CliRunner

from backtesting.archive.export import BacktestTable
from backtesting.config import BacktestResolution
from backtesting.search import SearchKind
from scripts.cli.app import COMMANDS, app
from scripts.cli.maintenance.reference import commands_page
from scripts.cli.options.backtests import Resolution
from scripts.cli.options.sweeps import Kind

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "cli.md"
SLOW = {"numba", "pandas", "plotly", "sqlalchemy", "pydantic", "dash", "redis", "httpx", "pyarrow"}
MODULES = {module for names in COMMANDS.values() for module in names.values()}


def test_no_help_imports_what_is_slow_to_import() -> None:
    code = (
        "import importlib, sys; import scripts.cli.app;"
        f"[importlib.import_module(each) for each in {sorted(MODULES)}];"
        f"print(sorted(sys.modules.keys() & {SLOW}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_help_imports_no_command() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from scripts.cli.app import app;"
        "CliRunner().invoke(app, ['--help']);"
        f"print(sorted(sys.modules.keys() & {MODULES | {'numpy'}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_page_of_commands_is_made_from_them() -> None:
    assert PAGE.read_text() == commands_page(), "run: uv run truetape maintenance reference"


@pytest.mark.parametrize(
    ("choices", "values"),
    [
        (get_args(Resolution), BacktestResolution),
        (get_args(Kind), SearchKind),
        (("round_trips", "equity", "metrics"), BacktestTable),
    ],
)
def test_choices_of_options_are_the_values_of_the_code(
    choices: tuple[str, ...], values: Any
) -> None:
    assert list(choices) == [each.value for each in values]


def test_a_shell_gets_its_completion() -> None:
    environment = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    code = "import sys; from scripts.cli.app import app; app(prog_name='truetape')"
    done = subprocess.run(
        [sys.executable, "-c", code, "--show-completion", "bash"],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "complete -o default -F _truetape_completion truetape" in done.stdout


def test_arguments_are_completed() -> None:
    environment = {
        "_TRUETAPE_COMPLETE": "complete_bash", "COMP_WORDS": "truetape data im", "COMP_CWORD": "2",
    }  # fmt: skip
    result = CliRunner().invoke(app, [], prog_name="truetape", env=environment)
    assert result.output.split() == ["import-candles", "import-trades"]


def test_an_unknown_command_is_an_error_of_usage() -> None:
    for arguments in (["nothing"], ["data", "nothing"]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2
        assert "No such command 'nothing'" in result.output


def test_each_module_of_a_command_has_an_app() -> None:
    assert all(isinstance(import_module(each).app, typer.Typer) for each in MODULES)
