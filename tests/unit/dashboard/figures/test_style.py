"""What all plots share: colours are tokens of the page, never values of one scheme."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.app import ASSETS
from dashboard.figures import bars, equity, monthly_returns, round_trips
from dashboard.figures.style import SERIES, Figure, empty_figure, money_format, series_colour
from tests.unit.dashboard.figures.plotted import A_CURVE, GROUPS, ROUND_TRIPS, YEARS

FIGURES: dict[str, Figure] = {
    "equity": equity.equity_with_drawdown(A_CURVE, A_CURVE, "USDT"),
    "growth": equity.growth([{"name": "alice", "time": [0, 60], "growth": [0.0, 0.1]}]),
    "allocation": bars.allocation({"alice": 3.0, "bob": 1.0}, "USDT"),
    "profit by day": bars.profit_by_day([0, 86_400], [1.5, -2.0], "USDT"),
    "profit by": bars.profit_by(GROUPS, "USDT"),
    "histogram": bars.returns_histogram([-0.1, 0.0, 0.1], [2, 3]),
    "excursions": round_trips.excursions(ROUND_TRIPS, "USDT"),
    "holding": round_trips.holding(ROUND_TRIPS, "USDT"),
    "monthly returns": monthly_returns.monthly_returns(YEARS),
    "empty": empty_figure(240),
}
# Bars of an amount by day have no unit in a title: the heading above them has it.
UNTITLED = {"growth", "allocation", "profit by day", "monthly returns", "empty"}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


@pytest.mark.parametrize("name", FIGURES)
def test_colours_are_tokens_of_the_page_or_those_of_series(name: str) -> None:
    tokens = set(re.findall(r"--tt-[\w-]+", Path(ASSETS / "tokens.css").read_text()))
    found = list(texts(FIGURES[name]))
    assert {text for text in found if text.startswith("--tt-")} <= tokens
    assert {text for text in found if re.fullmatch(r"#\w{3,8}", text)} <= set(SERIES)


@pytest.mark.parametrize("name", FIGURES)
def test_every_plot_has_a_height_and_lets_the_page_shine_through(name: str) -> None:
    layout = FIGURES[name]["layout"]
    assert layout["height"] > 0
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"


@pytest.mark.parametrize("name", sorted(set(FIGURES) - UNTITLED))
def test_the_main_axis_names_what_it_measures(name: str) -> None:
    assert FIGURES[name]["layout"]["yaxis"]["title"]["text"]


def test_amounts_have_the_decimals_of_the_largest() -> None:
    assert money_format([1.5, -2000.25, None], "USDT") == ",.2f"
    assert money_format([0.00000123], "BTC") == ",.8f"
    assert money_format([], "USDT") == ",.2f"


def test_colours_of_series_repeat() -> None:
    assert series_colour(len(SERIES)) == series_colour(0)
