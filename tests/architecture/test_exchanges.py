"""An exchange is one folder and one line, and no other module names it."""

import re
from pathlib import Path

import pytest

from data.collectors.factory import EXCHANGES

ROOT = Path(__file__).parents[2]
COLLECTORS = ROOT / "data" / "collectors"
# The simulator has the protocol of OKX, and the benchmark measures frames of OKX.
SPEAKERS = re.compile(r"data/(simulator/|collectors/factory)|(bench_ingest|start_simulator)\.py")
# Instruments and collectors in texts are those of the files in config.
EXAMPLE = re.compile(r"okx(?::[A-Z]+-[A-Z]+|-spot)")


def folders() -> list[Path]:
    return sorted(path.parent for path in COLLECTORS.glob("*/collector.py"))


def guide_files() -> set[str]:
    guide = (ROOT / "docs" / "add-an-exchange.md").read_text()
    table = guide.partition("| file | content | implements |")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `(\w+\.py)` \|", table, re.MULTILINE))


def test_the_guide_lists_the_files_of_the_second_exchange() -> None:
    second = {path.name for path in (ROOT / "tests" / "fakes" / "second_exchange").glob("*.py")}
    assert second - {"__init__.py"} == guide_files()


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_no_module_outside_its_folder_names_an_exchange(folder: Path) -> None:
    assert guide_files() <= {path.name for path in folder.glob("*.py")}
    outside = [
        str(path.relative_to(ROOT))
        for package in ("config", "data", "database", "dashboard", "strategies", "bot_manager",
                        "backtesting", "utils", "scripts")
        for path in (ROOT / package).rglob("*.py")
        if folder not in path.parents
    ]  # fmt: skip
    named = [
        path
        for path in [*outside, "main.py"]
        if not SPEAKERS.search(path)
        and folder.name in EXAMPLE.sub("", (ROOT / path).read_text()).lower()
    ]
    assert named == []


def test_every_exchange_has_a_folder() -> None:
    homes = {kind.__module__.rpartition(".")[0] for kind in EXCHANGES.values()}
    assert homes == {f"data.collectors.{folder.name}" for folder in folders()}
