"""Texts of pages are plain technical English, without the old private terms."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3] / "dashboard"
PAGES = [*(ROOT / "features").rglob("*.py"), *(ROOT / "components").glob("*.py"), ROOT / "shell.py"]
SCRIPTS = sorted((ROOT / "web").rglob("*.js"))
PRIVATE = re.compile(
    r"\b(nobody|somebody|whoever|told|tells|judged?|judges|hears?|heard|believes?|obeys?|wished"
    r"|asks|asked (by|for|again)|usually)\b",
    re.IGNORECASE,
)


def texts_of_page(path: Path) -> Iterator[str]:
    """Yield the string literals of a module without its docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or node in docstrings:
            continue
        if isinstance(node.value, str):
            yield node.value


def texts_of_script(path: Path) -> Iterator[str]:
    """Yield the quoted texts that are sentences or titles, not identifiers or classes."""
    code = "\n".join(
        line for line in path.read_text().splitlines() if not line.lstrip().startswith("//")
    )
    for _, text in re.findall(r"([\"`])((?:(?!\1)[^\n])*)\1", code):
        plain = re.sub(r"\$\{[^}]*\}", "…", text)
        if re.search(r"[A-Z…]|\. ", plain[:1]) or re.search(r"[a-z]+ [a-z]+ [a-z]+", plain):
            yield plain


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_texts_of_pages_use_standard_terms(path: Path) -> None:
    assert [text for text in texts_of_page(path) if PRIVATE.search(text)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_texts_of_scripts_use_standard_terms(path: Path) -> None:
    assert [text for text in texts_of_script(path) if PRIVATE.search(text)] == []
