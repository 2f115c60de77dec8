"""The command exits with 1 on a leak, 2 on a wrong argument, 0 if all is well."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scripts.cli.strategy.verify import app

LEAKS = Path(__file__).parents[4] / "fixtures" / "leaks"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_strategy_without_leaks_is_clean_in_every_process() -> None:
    done = run("DonchianBreakout", "--parameters", '{"length": 5}')
    assert done.exit_code == 0, done.output
    assert "DonchianBreakout: clean" in done.output
    assert "every process makes the same decisions" in done.output


def test_a_leak_is_reported() -> None:
    done = run(str(LEAKS / "last_row.py"))
    assert done.exit_code == 1
    assert "LastRow: NOT CLEAN" in done.output


def test_a_broken_file_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("x = 1\ny = \n")
    done = run(str(tmp_path / "mine.py"))
    assert done.exit_code == 1
    assert "mine.py:2: SyntaxError" in done.output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["Nope"], "not a strategy"),
        (["EmaCrossover", "--parameters", "[1]"], "must look like"),
        (["EmaCrossover", "--parameters", "{"], "is not valid JSON"),
        (["EmaCrossover", "--parameters", '{"fast": 0}'], "must be at least 1"),
        (["none.py"], "is no file"),
    ],
)
def test_a_wrong_argument_is_reported(arguments: list[str], problem: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert problem in done.output
