"""Every byte that decides enters the version; what does not enter it cannot be opened."""

import subprocess
import sys
from pathlib import Path

import pytest

from strategies.user_code.file_parts import FileParts, undeclared_data, version_of
from strategies.user_code.file_syntax import class_lines, resource_names
from strategies.user_code.loader import LoadedFile, load_file

RULE = """
from pathlib import Path
from _helper import LEVEL
from strategies import Strategy, decide

class Reads(Strategy):
    resources = ("models/level.txt",)

    def directions(self, frame):
        level = float((Path(__file__).parent / "models/level.txt").read_text())
        return decide(long=frame.close > level + LEVEL)
"""


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "level.txt").write_text("1")
    (tmp_path / "_helper.py").write_text("LEVEL = 1\n")
    path = tmp_path / "reads.py"
    path.write_text(RULE)
    return path


def loaded(path: Path, before: LoadedFile | None = None) -> LoadedFile:
    found = load_file(path, before)
    assert found.problems == ()
    return found


@pytest.mark.parametrize("changed", ["reads.py", "_helper.py", "models/level.txt"])
def test_the_version_changes_with_every_file_of_a_strategy(rule: Path, changed: str) -> None:
    before = loaded(rule)
    file = rule.parent / changed
    file.write_bytes(file.read_bytes() + b"\n")
    after = loaded(rule, before)
    assert after.version != before.version
    assert after.parts == before.parts
    file.write_bytes(file.read_bytes()[:-1])
    assert loaded(rule).version == before.version


def test_a_helper_is_run_anew_after_an_edit_of_the_same_length(rule: Path) -> None:
    before = loaded(rule)
    (rule.parent / "_helper.py").write_text("LEVEL = 2\n")
    module = sys.modules[loaded(rule, before).sources[0].kind.__module__]
    assert module.__dict__["LEVEL"] == 2


def test_a_file_alone_keeps_the_version_of_its_text(tmp_path: Path) -> None:
    path = tmp_path / "plain.py"
    text = RULE.replace("from _helper import LEVEL", "LEVEL = 1")
    path.write_text(text.replace('    resources = ("models/level.txt",)\n', ""))
    assert loaded(path).version == version_of(path.read_bytes())


@pytest.mark.parametrize("name", ["nothing.txt", "../outside.txt", "/etc/hostname"])
def test_a_resource_that_is_missing_or_outside_is_a_problem(rule: Path, name: str) -> None:
    rule.write_text(RULE.replace("models/level.txt", name, 1))
    found = load_file(rule)
    assert found.sources == ()
    assert "declares the resource" in str(found.problems[0])


def test_names_and_resources_are_read_without_running() -> None:
    text = b"if 1:\n  class A:\n    resources: tuple = ('x', 'y')\ndef f():\n  class B: ...\n"
    assert class_lines(text) == {"A": 2, "B": 5}
    assert resource_names(text) == ("x", "y")
    assert class_lines(b"\0") == {}
    assert class_lines(b"(" * 10_000) == {}


def test_data_that_is_not_declared_is_found(rule: Path) -> None:
    (rule.parent / "other.csv").write_text("")
    assert undeclared_data(rule.parent, [rule.parent / "models"]) == [rule.parent / "other.csv"]


_GUARDED = """
import sys
from pathlib import Path
from strategies.user_code.file_guard import allow_parts, guarded, install_file_guard
from strategies.user_code.file_parts import FileParts
folder = Path(sys.argv[1])
install_file_guard(folder / "compiled")
allow_parts(FileParts(folder / "reads.py", (folder / "_helper.py",), (folder / "models",)))

def tried(what):
    try:
        what()
    except PermissionError as error:
        return type(error).__name__
    return "opened"

other = folder / "other.csv"
import zoneinfo, sqlite3, json
with guarded():
    print(tried((folder / "models" / "level.txt").read_text))
    print(tried((folder / "_helper.py").read_text))
    print(tried(Path(json.__file__).read_text))
    print(tried(lambda: zoneinfo.ZoneInfo("Europe/Vienna")))
    print(tried(lambda: (folder / "compiled" / "code.nbi").write_text("")))
    print(tried(other.read_text))
    print(tried(lambda: other.write_text("")))
    print(tried(lambda: sqlite3.connect(str(other))))
print(tried(other.read_text))
"""


def test_only_what_belongs_to_a_strategy_can_be_opened(rule: Path) -> None:
    (rule.parent / "other.csv").write_text("1")
    (rule.parent / "compiled").mkdir()
    command = [sys.executable, "-c", _GUARDED, str(rule.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [*5 * ["opened"], *3 * ["UndeclaredFile"], "opened"]


def test_parts_are_known_by_their_states(rule: Path) -> None:
    parts = FileParts(rule, (rule.parent / "_helper.py",))
    before = parts.states()
    (rule.parent / "_helper.py").unlink()
    assert parts.states() != before
    assert parts.version() == ""
