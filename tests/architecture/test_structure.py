"""Rules of the project's structure that no linter checks."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "config", "data", "database", "dashboard", "strategies", "bot_manager", "backtesting", "utils",
    "scripts",
)  # fmt: skip
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_every_top_level_name_resolves_inside_this_repository(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


def test_a_folder_of_unit_tests_is_named_as_the_package_that_they_test() -> None:
    unit = ROOT / "tests" / "unit"
    folders = {path.parent.relative_to(unit) for path in unit.rglob("*.py")}
    assert sorted(str(folder) for folder in folders if not (ROOT / folder).is_dir()) == []


def test_nothing_imports_main_but_main_itself() -> None:
    assert [str(path) for path in SOURCES if "main" in imports_of(path)] == []


def test_the_environment_is_read_by_config_alone() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] != "config"
        and re.search(r"os\.(environ|getenv)\b", path.read_text())
    ]
    assert readers == []


def test_tests_patch_nothing_of_ours() -> None:
    pattern = re.compile(r"mock\.patch|MagicMock|monkeypatch\.setattr|from unittest import mock")
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert [str(path) for path in tests if pattern.search(path.read_text())] == []


def test_the_gitignore_never_drops_our_packages() -> None:
    lines = (ROOT / ".gitignore").read_text().splitlines()
    ours = {name for package in PACKAGES for name in (package, f"{package}/", f"/{package}/")}
    assert not ours & {line.strip() for line in lines}


def test_broad_excepts_have_a_reason() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*SOURCES, ROOT / "main.py"]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"except (Base)?Exception\b", line)
        and not re.search(r"noqa: BLE001 +\S", line)
    ]
    assert silent == []


def test_no_process_opens_two_databases() -> None:
    functions = [
        (path, node)
        for path in [*SOURCES, ROOT / "main.py"]
        if path.name == "main.py" or path.relative_to(ROOT).parts[0] == "scripts"
        if "benchmarks" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    opening = {"open_database"}
    while (
        found := {
            qualified(node.name, path) for path, node in functions if calls_of(node, path, opening)
        }
        - opening
    ):
        opening |= found
    assert {"open_process_database", "open_store", "serve"} <= opening
    twice = {
        f"{path.relative_to(ROOT)}:{node.name}": calls
        for path, node in functions
        if len(calls := calls_of(node, path, opening)) > 1
    }
    assert twice == {}


def calls_of(function: ast.AST, path: Path, names: set[str]) -> list[str]:
    """Return the names that a function of a module calls, of these."""
    called = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return [
        name.id
        for name in called
        if isinstance(name, ast.Name) and qualified(name.id, path) in names
    ]


def qualified(name: str, path: Path) -> str:
    """Return a name, with its module if it is private."""
    return f"{path}:{name}" if name.startswith("_") else name
