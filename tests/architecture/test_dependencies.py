"""What is installed: declared dependencies are used, and requirements.txt equals the lock file."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.test_structure import SOURCES, imports_of

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements.txt"
LOCK = ROOT / "uv.lock"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXPORT = ("export", "--frozen", "--offline", "--no-default-groups", "--no-emit-project")
# Declared although no line of ours imports it.
USED_BY_OTHERS = {"orjson": "Plotly and Dash encode with it where it is installed"}

LINES = re.compile(
    r"[a-z0-9-]+==[^\s;]+( ; [^\\]+)? \\"  # a package, its version, its marker
    r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
    r"|    # via( [a-z0-9-]+)?|    #   [a-z0-9-]+"  # who needs it
)


class Pin(NamedTuple):
    version: str
    marker: str
    hashes: frozenset[str]


def pins_of(requirements: str) -> dict[str, set[Pin]]:
    """Return by name what a requirements file installs; one pin for each marker."""
    text = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n?", "", requirements))
    pins: dict[str, set[Pin]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        package, *hashes = re.split(r"\s+--hash=", line)
        pinned, _, marker = package.partition(" ; ")
        name, _, version = pinned.partition("==")
        pins.setdefault(name, set()).add(Pin(version, marker.strip(), frozenset(hashes)))
    return pins


def name_of(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return found[0].lower().replace("_", "-").replace(".", "-")


def test_every_declared_dependency_is_imported() -> None:
    imported = set().union(*map(imports_of, [*SOURCES, ROOT / "main.py"]))
    used = {
        name_of(distribution)
        for module, distributions in packages_distributions().items()
        if module in imported
        for distribution in distributions
    }
    declared = {name_of(each) for each in PYPROJECT["project"]["dependencies"]}
    assert declared - used == set(USED_BY_OTHERS)


def test_requirements_hold_versions_and_hashes_but_no_address() -> None:
    lines = REQUIREMENTS.read_text().splitlines()
    assert [line for line in lines if not LINES.fullmatch(line)] == []
    assert all(pin.hashes for pins in pins_of(REQUIREMENTS.read_text()).values() for pin in pins)


def test_requirements_leave_out_the_embedded_servers_and_the_tools() -> None:
    groups = PYPROJECT["dependency-groups"]
    left_out = {name_of(each) for each in groups["embedded"]} | {"pytest", "mypy", "distributed"}
    installed = set(pins_of(REQUIREMENTS.read_text()))
    assert {name_of(each) for each in PYPROJECT["project"]["dependencies"]} <= installed
    assert not left_out & installed


@pytest.mark.skipif(not LOCK.exists(), reason="there is no uv.lock here: uv sync makes it")
def test_requirements_equal_the_lock_file() -> None:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("uv, which reads its lock file, is not on the path")
    exported = subprocess.run(
        [uv, *EXPORT], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    ).stdout
    written, locked = pins_of(REQUIREMENTS.read_text()), pins_of(exported)
    different = [
        name
        for name in sorted(written.keys() | locked.keys())
        if written.get(name) != locked.get(name)
    ]
    assert different == [], "requirements.txt is not that of uv.lock: make requirements"
