"""What the plots share: colours, axes, layouts and formats. Plain Plotly dicts. Pure.

A colour is the name of a token of `assets/tokens.css`, such as `--tt-up`: the browser replaces it
by the token's value in the page's colour scheme (components/plots.py).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from utils.number_format import money_decimals

Figure = dict[str, Any]

UP, DOWN, DOWN_FILL = "--tt-up", "--tt-down", "--tt-down-fill"
TEXT, STRONG_TEXT = "--tt-muted", "--tt-text"
BACKGROUND, GRID, BORDER, FONT = "--tt-panel", "--tt-grid", "--tt-line", "--tt-font"

SERIES = ("#4fc3f7", "#f0a63c", "#b388ff", "#7cb342", "#f06292", "#90a4ae", "#ffd54f", "#26c6da")
"""The colours of several series, the same in both schemes."""

TICKS = ",.15~f"
"""Plotly's format of amounts on an axis: without it small ones are written with SI prefixes."""

_TRANSPARENT = "rgba(0,0,0,0)"


def series_colour(at: int) -> str:
    """Return the colour of the series at an index."""
    return SERIES[at % len(SERIES)]


def sign_colours(amounts: Iterable[float]) -> list[str]:
    """Return the colour of each amount: that of a loss below 0."""
    return [UP if amount >= 0 else DOWN for amount in amounts]


def milliseconds(times: Iterable[float]) -> list[float]:
    """Return Unix seconds as the milliseconds of Plotly's date axes."""
    return [time * 1000 for time in times]


def money_format(amounts: Iterable[float | None], currency: str) -> str:
    """Return Plotly's format of amounts in hover labels, for amounts up to these."""
    largest = max((abs(amount or 0) for amount in amounts), default=0.0)
    return f",.{money_decimals(Decimal(repr(largest)), currency)}f"


def title(text: str) -> dict[str, Any]:
    """Return the title of an axis."""
    return {"text": text, "font": {"size": 11, "color": TEXT}, "standoff": 6}


def axis(**more: Any) -> dict[str, Any]:
    """Return an axis; it cannot be zoomed unless `fixedrange` is False."""
    return {
        "gridcolor": GRID,
        "linecolor": BORDER,
        "zerolinecolor": BORDER,
        "tickfont": {"color": TEXT, "size": 11},
        "automargin": True,
        "fixedrange": True,
        **more,
    }


def time_axis(**more: Any) -> dict[str, Any]:
    """Return an axis of UTC times that can be zoomed."""
    return axis(type="date", fixedrange=False, **more)


def legend(**more: Any) -> dict[str, Any]:
    """Return a legend in a line above the plot."""
    return {
        "orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": TEXT}, **more,
    }  # fmt: skip


def layout(height: int, **more: Any) -> dict[str, Any]:
    """Return the layout of a plot of this height in px."""
    return {
        "height": height,
        "paper_bgcolor": _TRANSPARENT,
        "plot_bgcolor": _TRANSPARENT,
        "font": {"family": FONT, "color": TEXT, "size": 12},
        "margin": {"l": 56, "r": 14, "t": 8, "b": 28},
        "hovermode": "x",
        "dragmode": "zoom",
        "barmode": "overlay",
        "hoverlabel": {"bgcolor": BACKGROUND, "font": {"color": STRONG_TEXT}},
        "legend": legend(),
        **more,
    }


def line(
    x: Sequence[float], y: Sequence[float], name: str, colour: str, **more: Any
) -> dict[str, Any]:
    """Return a line; `more` may have a `line` with its width, dash and shape."""
    style = {"color": colour, "width": 1.6, **more.pop("line", {})}
    return {
        "type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "line": style, **more
    }  # fmt: skip


def empty_figure(height: int) -> Figure:
    """Return the figure of a plot whose values are not known yet: nothing, of its height."""
    hidden = {"visible": False, "fixedrange": True}
    return {"data": [], "layout": layout(height, xaxis=hidden, yaxis=hidden)}
