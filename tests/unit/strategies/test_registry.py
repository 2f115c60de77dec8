"""Strategies are found by name; problems of a user's file are reported, and affect no other."""

from pathlib import Path

import pytest

from strategies.built_in import built_in_sources
from strategies.hosts.registry import StrategyRegistry
from strategies.library import BUILT_IN, EmaCrossover
from strategies.strategy_handle import LocalStrategy
from strategies.user_code.loader import LoadProblem
from tests.user_registry import make_registry
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


def problems_in(path: Path) -> list[LoadProblem]:
    return make_registry(path.parent).in_file(path)[1]


def only_problem(path: Path) -> LoadProblem:
    (problem,) = problems_in(path)
    return problem


def test_every_built_in_is_found() -> None:
    sources = built_in_sources()
    assert list(sources) == [kind.__name__ for kind in BUILT_IN]
    for source in sources.values():
        assert source.built_in
        assert f"class {source.name}" in source.path.read_text().splitlines()[source.line - 1]
        assert source.kind().title
        assert len(source.path.read_text().splitlines()) <= 60


def test_a_strategy_is_made_of_a_name_and_parameters() -> None:
    made = StrategyRegistry().create("EmaCrossover", {"slow": 99})
    assert made == LocalStrategy(EmaCrossover(slow=99))


@pytest.mark.parametrize(
    ("name", "parameters", "problem"),
    [
        ("Ema", {}, r"'Ema' is not a strategy; there are: EmaCrossover"),
        ("EmaCrossover", {"fats": 5}, r"fats: is not a parameter; there are: exits, fast, slow"),
        ("EmaCrossover", {"fast": 0}, r"fast: must be at least 1, was 0"),
        ("EmaCrossover", {"fast": "5"}, r"fast: must be a whole number, was '5'"),
        ("EmaCrossover", {"fast": 40}, r"fast \(40\) must be below slow \(26\)"),
        (
            "EmaCrossover",
            {"exits": {"stop_loss_bps": 0}},
            r"exits.stop_loss_bps: must be at least 1, was 0",
        ),
    ],
)
def test_what_is_unknown_or_out_of_bounds_is_refused(
    name: str, parameters: dict[str, object], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        StrategyRegistry().create(name, parameters)


def test_a_users_parameters_are_refused_with_the_same_message(folder: Path) -> None:
    write(folder, "mine.py", GOOD.format(name="Mine"))
    mine = make_registry(folder).find("Mine")
    with pytest.raises(ConfigError, match=r"^strategy Mine: fats: is not a parameter; there are"):
        mine.configure({"fats": 5})
    with pytest.raises(ConfigError, match=r"^strategy Mine: level: .* number, was 'x'"):
        mine.configure({"level": "x"})


def test_a_users_file_is_found_edited_and_removed(folder: Path) -> None:
    path = write(folder, "mine.py", GOOD.format(name="Mine"))
    first = make_registry(folder).find("Mine")
    assert first.configure({"level": 2.0}).parameters["level"] == 2.0
    write(folder, "mine.py", GOOD.format(name="Mine").replace("1.0", "5.0"))
    second = make_registry(folder).find("Mine")
    assert second.configure({}).parameters["level"] == 5.0
    assert second.version != first.version
    path.unlink()
    with pytest.raises(ConfigError, match="'Mine' is not a strategy"):
        make_registry(folder).find("Mine")


def test_only_the_reason_why_the_file_of_a_name_cannot_be_run_is_reported(folder: Path) -> None:
    write(folder, "mine.py", "import nothing_like_it\n" + GOOD.format(name="Mine"))
    problem = r"mine.py:1: ModuleNotFoundError: No module named 'nothing_like_it'$"
    with pytest.raises(ConfigError, match=problem):
        make_registry(folder).find("Mine")


def test_names_are_read_at_any_depth_and_no_code_is_run(folder: Path) -> None:
    nested = (
        GOOD.format(name="Nested")
        .replace("\n", "\n    ")
        .replace("from strategies", "if True:\n    from strategies")
    )
    write(folder, "deep.py", nested)
    write(folder, "exits.py", "import os\n\nos._exit(3)\n\nclass Exits: ...\n")
    assert {"Nested", "Exits", "EmaCrossover"} <= set(StrategyRegistry(folder).names())
    assert make_registry(folder).find("Nested").configure({}).parameters["level"] == 1.0


def test_only_files_that_show_the_name_are_run(folder: Path) -> None:
    write(folder, "a_marks.py", f"open({str(folder / 'ran')!r}, 'w').close()\n")
    write(folder, "b_good.py", GOOD.format(name="Good"))
    assert make_registry(folder).find("EmaCrossover").name == "EmaCrossover"
    assert make_registry(folder).find("Good").name == "Good"
    assert not (folder / "ran").exists()


def test_a_name_that_no_file_shows_is_searched_for_in_all(folder: Path) -> None:
    dynamic = (
        GOOD.format(name="Shown")
        + "\nHidden = type('Hidden', (Shown,), {'__module__': __name__})\n"
    )
    write(folder, "mine.py", dynamic)
    assert make_registry(folder).find("Hidden").name == "Hidden"


def test_what_is_wrong_with_a_file_that_shows_the_name_is_reported_first(folder: Path) -> None:
    path = write(
        folder, "mine.py", GOOD.format(name="Mine").replace("class", "import no_such\n\nclass")
    )
    with pytest.raises(
        ConfigError, match=f"{path}:4: ModuleNotFoundError: No module named 'no_such'"
    ):
        make_registry(folder).find("Mine")


def test_a_broken_file_harms_no_other(folder: Path) -> None:
    write(folder, "b_bad.py", "class Bad(:\n")
    write(folder, "a_good.py", GOOD.format(name="Good"))
    assert make_registry(folder).find("Good").name == "Good"


def test_a_syntax_error_names_its_line(folder: Path) -> None:
    path = write(folder, "bad.py", "\nx = 1\nclass Bad(:\n")
    problem = only_problem(path)
    assert (problem.path, problem.line) == (path, 3)
    assert str(problem).startswith(f"{path}:3: SyntaxError: ")


def test_whatever_a_file_raises_names_its_line(folder: Path) -> None:
    path = write(folder, "bad.py", "import sys\n\n\ndef f():\n    sys.exit(3)\n\n\nf()\n")
    problem = only_problem(path)
    assert (problem.line, problem.message) == (5, "SystemExit: 3")


def test_a_file_without_a_strategy_is_reported(folder: Path) -> None:
    path = write(folder, "bad.py", "from strategies import Strategy\n\nx = 1\n")
    assert "defines no strategy" in only_problem(path).message


def test_a_strategy_without_directions_is_reported(folder: Path) -> None:
    text = "from strategies import Strategy\n\nclass Bad(Strategy):\n    n: int = 1\n"
    problem = only_problem(write(folder, "bad.py", text))
    assert (problem.line, problem.message) == (3, "Bad has no directions()")


def test_a_parameter_without_a_default_is_reported(folder: Path) -> None:
    problem = only_problem(write(folder, "bad.py", GOOD.format(name="Bad").replace(" = 1.0", "")))
    assert problem.line == 4
    assert "cannot be made with its defaults" in problem.message
    assert "level" in problem.message


def test_a_name_that_is_taken_is_reported(folder: Path) -> None:
    path = write(folder, "bad.py", GOOD.format(name="EmaCrossover"))
    problem = only_problem(path)
    assert problem.line == 4
    assert "the name EmaCrossover is in use" in problem.message
    assert make_registry(folder).find("EmaCrossover").id.path is None


def test_an_unreadable_file_is_reported(folder: Path) -> None:
    (folder / "bad.py").mkdir()
    assert "cannot be read" in only_problem(folder / "bad.py").message


def test_no_folder_no_strategies_of_ones_own(folder: Path) -> None:
    assert len(make_registry(folder / "none").names()) == len(BUILT_IN)


def test_a_base_class_in_the_file_is_no_strategy_itself(folder: Path) -> None:
    base = "class Base(Strategy):\n    n: int = 1\n\n\nclass Mine(Base):"
    path = write(folder, "mine.py", GOOD.format(name="Mine").replace("class Mine(Strategy):", base))
    types, problems = make_registry(folder).in_file(path)
    assert [each.name for each in types] == ["Mine"]
    assert problems == []
