"""The example in docs/backtesting.md runs as it is written."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.backtest_world import World

PAGE = (Path(__file__).parents[3] / "docs" / "backtesting.md").read_text()


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    made.add_minutes(8 * 24 * 60)
    return made


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    """Return the functions that the page defines."""
    (code,) = re.findall(r"```python\n(.*?)```\n", PAGE, flags=re.DOTALL)
    defined: dict[str, Any] = {}
    exec(compile(code, "docs/backtesting.md", "exec"), defined)
    return defined


def test_round_trips_come_as_a_frame(world: World, example: dict[str, Any]) -> None:
    frame = example["round_trips"](world.market, world.config())
    assert len(frame) > 0
    assert {"entry_time", "profit"} <= set(frame.columns)


def test_parameters_are_evaluated_over_one_history(world: World, example: dict[str, Any]) -> None:
    found = example["drawdowns"](world.market, world.config())
    assert found.keys() == {5, 10}
    assert found[5] != found[10]
