"""Strategies are found by name; what is wrong with a user's file is said, and harms nothing."""

from pathlib import Path

import pytest

from strategies.config import StrategyConfig
from strategies.factory import create_strategy, load_strategies
from strategies.library import BUILT_IN, EmaCrossover
from strategies.user_files import LoadProblem
from utils.errors import ConfigError

GOOD = '''\
from strategies import Directions, Strategy, StrategyFrame, decide


class {name}(Strategy):
    """Buys."""

    level: float = 1.0

    def directions(self, frame: StrategyFrame) -> Directions:
        return decide(long=frame.close > self.level)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def only_problem(folder: Path) -> LoadProblem:
    (problem,) = load_strategies(folder).problems
    return problem


def test_every_built_in_is_found() -> None:
    book = load_strategies()
    assert list(book.sources) == [kind.__name__ for kind in BUILT_IN]
    for source in book.sources.values():
        assert source.built_in
        assert f"class {source.name}" in source.path.read_text().splitlines()[source.line - 1]
        assert source.kind().title
        assert len(source.path.read_text().splitlines()) <= 60


def test_a_strategy_is_made_of_a_name_and_parameters() -> None:
    assert create_strategy("EmaCrossover", {"fast": 5}) == EmaCrossover(fast=5)
    config = StrategyConfig(strategy="EmaCrossover", title="Slow", parameters={"slow": 99})
    assert load_strategies().create_from(config) == EmaCrossover(slow=99)


@pytest.mark.parametrize(
    ("name", "parameters", "problem"),
    [
        ("Ema", {}, r"'Ema' is no strategy; there are: EmaCrossover"),
        ("EmaCrossover", {"fats": 5}, r"fats: is no parameter; there are: exits, fast, slow"),
        ("EmaCrossover", {"fast": 0}, r"fast: .* greater than or equal to 1, was 0"),
        ("EmaCrossover", {"fast": "5"}, r"fast: .* valid integer, was '5'"),
        ("EmaCrossover", {"fast": 40}, r"fast \(40\) must be below slow \(26\)"),
        ("EmaCrossover", {"exits": {"stop_loss_bps": 0}}, r"exits.stop_loss_bps: .*to 1, was 0"),
    ],
)
def test_what_is_unknown_or_out_of_bounds_is_refused(
    name: str, parameters: dict[str, object], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        create_strategy(name, parameters)


def test_a_users_file_is_found_edited_and_removed(folder: Path) -> None:
    path = write(folder, "mine.py", GOOD.format(name="Mine"))
    first = load_strategies(folder)
    assert first.create("Mine", {"level": 2.0}).model_dump()["level"] == 2.0
    write(folder, "mine.py", GOOD.format(name="Mine").replace("1.0", "5.0"))
    second = load_strategies(folder, first)
    assert second.create("Mine", {}).model_dump()["level"] == 5.0
    assert second.sources["Mine"].version != first.sources["Mine"].version
    assert first.create("Mine", {}).model_dump()["level"] == 1.0
    path.unlink()
    assert "Mine" not in load_strategies(folder, second).sources


def test_a_file_that_has_not_changed_is_not_run_again(folder: Path) -> None:
    write(folder, "mine.py", GOOD.format(name="Mine"))
    first = load_strategies(folder)
    again = load_strategies(folder, first)
    assert again.sources["Mine"].kind is first.sources["Mine"].kind


def test_a_broken_file_harms_no_other_and_can_be_mended(folder: Path) -> None:
    write(folder, "a_good.py", GOOD.format(name="Good"))
    write(folder, "b_bad.py", "class Bad(:\n")
    book = load_strategies(folder)
    assert "Good" in book.sources
    assert len(book.problems) == 1
    write(folder, "b_bad.py", GOOD.format(name="Bad"))
    mended = load_strategies(folder, book)
    assert {"Good", "Bad"} <= set(mended.sources)
    assert mended.problems == ()


def test_a_syntax_error_names_its_line(folder: Path) -> None:
    path = write(folder, "bad.py", "\nx = 1\nclass Bad(:\n")
    problem = only_problem(folder)
    assert (problem.path, problem.line) == (path, 3)
    assert str(problem).startswith(f"{path}:3: SyntaxError: ")


def test_whatever_a_file_raises_names_its_line(folder: Path) -> None:
    write(folder, "bad.py", "import sys\n\n\ndef f():\n    sys.exit(3)\n\n\nf()\n")
    problem = only_problem(folder)
    assert (problem.line, problem.message) == (5, "SystemExit: 3")


def test_a_missing_module_is_told(folder: Path) -> None:
    write(folder, "bad.py", "import no_such_module_here\n")
    assert "no_such_module_here" in only_problem(folder).message


def test_a_file_without_a_strategy_is_told(folder: Path) -> None:
    write(folder, "bad.py", "from strategies import Strategy\n\nx = 1\n")
    assert "defines no strategy" in only_problem(folder).message


def test_a_strategy_without_directions_is_told(folder: Path) -> None:
    write(
        folder,
        "bad.py",
        "from strategies import Strategy\n\nclass Bad(Strategy):\n    n: int = 1\n",
    )
    problem = only_problem(folder)
    assert (problem.line, problem.message) == (3, "Bad has no directions()")


def test_a_parameter_without_a_default_is_told(folder: Path) -> None:
    write(folder, "bad.py", GOOD.format(name="Bad").replace(" = 1.0", ""))
    problem = only_problem(folder)
    assert problem.line == 4
    assert "cannot be made with its defaults" in problem.message
    assert "level" in problem.message


def test_a_name_that_is_taken_is_told(folder: Path) -> None:
    write(folder, "bad.py", GOOD.format(name="EmaCrossover"))
    problem = only_problem(folder)
    assert problem.line == 4
    assert "the name EmaCrossover is taken" in problem.message
    assert load_strategies(folder).sources["EmaCrossover"].built_in


def test_an_unreadable_file_is_told(folder: Path) -> None:
    (folder / "bad.py").mkdir()
    assert "cannot be read" in only_problem(folder).message


def test_no_folder_no_strategies_of_ones_own(folder: Path) -> None:
    assert len(load_strategies(folder / "none").sources) == len(BUILT_IN)


def test_a_base_class_in_the_file_is_no_strategy_itself(folder: Path) -> None:
    base = "class Base(Strategy):\n    n: int = 1\n\n\nclass Mine(Base):"
    write(folder, "mine.py", GOOD.format(name="Mine").replace("class Mine(Strategy):", base))
    book = load_strategies(folder)
    assert book.problems == ()
    assert "Mine" in book.sources
