"""Returns by month and year, as a Plotly heat map. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.figures.style import BACKGROUND, BORDER, DOWN, STRONG_TEXT, UP, Figure, axis, layout
from dashboard.formats import format_signed

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FULL_COLOUR = 0.3
_STRONGEST = 0.15
_ROW_PX, _MARGIN_PX = 32, 34


def calendar_height(years: int) -> int:
    """Return the height of a calendar of so many years in px."""
    return _MARGIN_PX + _ROW_PX * max(1, years)


def monthly_returns(years: Sequence[Mapping[str, Any]]) -> Figure:
    """Return years, newest first, with the return of each month and of the year in %.

    Each has `year`, twelve `months` as fractions, None where nothing is known, and `total`. Returns
    of 15 % and more have the strongest colour; the year has none.
    """
    columns = [*MONTHS, "Year"]
    rows = [str(year["year"]) for year in years]
    returns = [[*year["months"], year["total"]] for year in years]
    return {
        "data": [
            {
                "type": "heatmap",
                "x": columns,
                "y": rows,
                "z": [[*map(_strength, year["months"]), None] for year in years],
                "zmin": -_FULL_COLOUR,
                "zmax": _FULL_COLOUR,
                "colorscale": [[0, DOWN], [0.5, BACKGROUND], [1, UP]],
                "showscale": False,
                "hoverinfo": "skip",
                "xgap": 2,
                "ygap": 2,
            },
            {
                "type": "scatter",
                "mode": "text",
                "x": columns * len(rows),
                "y": [row for row in rows for _ in columns],
                "text": [_text(change) for changes in returns for change in changes],
                "textfont": {"color": STRONG_TEXT},
                "hoverinfo": "skip",
                "cliponaxis": False,
            },
        ],
        "layout": layout(
            calendar_height(len(rows)),
            showlegend=False,
            dragmode=False,
            hovermode=False,
            margin={"l": 56, "r": 14, "t": 28, "b": 6},
            xaxis=axis(type="category", side="top", showgrid=False, linecolor=BORDER),
            yaxis=axis(type="category", autorange="reversed", showgrid=False),
        ),
    }


def _strength(change: float | None) -> float | None:
    return None if change is None else max(-_STRONGEST, min(_STRONGEST, change))


def _text(change: float | None) -> str:
    return "" if change is None else format_signed(change * 100, 1)
