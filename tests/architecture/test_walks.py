"""Files and functions that docs name exist: the walks are read beside the code."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WALKS = sorted((ROOT / "docs").glob("life-of-*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|js|css))`")
STEP = re.compile(FILE.pattern + r"((?:, `[\w.]+`)*)")
ASIDE = re.compile(r"`([\w.]+)`\s+(?:\(|in )" + FILE.pattern)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = set(FILE.findall(document.read_text()))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("life", WALKS, ids=lambda path: path.stem)
def test_every_function_of_a_life_is_in_its_file(life: Path) -> None:
    text = life.read_text()
    steps = [(path, function) for function, path in ASIDE.findall(text)]
    for path, functions in STEP.findall(text):
        steps += [(path, function) for function in re.findall(r"`([\w.]+)`", functions)]
    assert len(steps) >= 20
    assert [step for step in steps if step[1] not in defined_in(ROOT / step[0])] == []


def defined_in(path: Path) -> set[str]:
    """Return the functions of a file, methods with the name of their class and without it."""
    if path.suffix == ".js":
        functions = r"^ *(?:export )?(?:async )?(?:function )?(\w+)\(.*\) \{$"
        return set(re.findall(functions, path.read_text(), re.MULTILINE))
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names.add(node.name)
            methods = (ast.FunctionDef, ast.AsyncFunctionDef)
            names |= {f"{node.name}.{item.name}" for item in node.body if isinstance(item, methods)}
    return names
