"""Amounts and counts as bars: profit by day and by group, allocation, returns. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from dashboard.figures.style import (
    BACKGROUND,
    TICKS,
    Figure,
    axis,
    layout,
    milliseconds,
    money_format,
    series_colour,
    sign_colours,
    time_axis,
    title,
)
from dashboard.formats import format_number

PROFIT_BY_DAY_HEIGHT, HISTOGRAM_HEIGHT, PROFIT_BY_HEIGHT = 240, 240, 300
_DAY_MS = 86_400_000
_FEW_DAYS = 8


def profit_by_day(time: Sequence[float], profit: Sequence[float], currency: str) -> Figure:
    """Return the profit of each UTC day; `time` are the days' starts in Unix seconds, rising."""
    x = milliseconds(time)
    money = money_format(profit, currency)
    ticks = {"dtick": _DAY_MS} if len(x) < _FEW_DAYS else {}
    return {
        "data": [
            {
                "type": "bar",
                "x": x,
                "y": profit,
                "width": [0.7 * _DAY_MS] * len(x),
                "hovertemplate": f"%{{x|%Y-%m-%d}}: %{{y:{money}}}<extra></extra>",
                "marker": {"color": sign_colours(profit)},
            }
        ],
        "layout": layout(
            PROFIT_BY_DAY_HEIGHT,
            hovermode="closest",
            showlegend=False,
            dragmode=False,
            xaxis=time_axis(
                tickformat="%m-%d", range=[x[0] - _DAY_MS, x[-1] + _DAY_MS] if x else None, **ticks
            ),
            yaxis=axis(tickformat=TICKS),
        ),
    }


def profit_by(groups: Sequence[Mapping[str, Any]], currency: str) -> Figure:
    """Return the profit after fees of groups of round trips.

    Each has `name`, `profit`, and the counts `round_trips` and `won`.
    """
    profit = [group["profit"] for group in groups]
    money = money_format(profit, currency)
    return {
        "data": [
            {
                "type": "bar",
                "x": [group["name"] for group in groups],
                "y": profit,
                "marker": {"color": sign_colours(profit)},
                "text": [
                    f"{group['round_trips']} round trips, {group['won']} won" for group in groups
                ],
                "textposition": "none",
                "hovertemplate": f"%{{x}}: %{{y:+{money}}}<br>%{{text}}<extra></extra>",
            }
        ],
        "layout": layout(
            PROFIT_BY_HEIGHT,
            hovermode="closest",
            showlegend=False,
            dragmode=False,
            bargap=0.35,
            xaxis=axis(type="category"),
            yaxis=axis(tickformat=TICKS, title=title("Profit after fees")),
        ),
    }


def allocation(equity: Mapping[str, float], currency: str) -> Figure:
    """Return the equity of each name as a bar with its share, the largest at the top."""
    rising = sorted(equity.items(), key=lambda each: each[1])
    whole = sum(max(0.0, amount) for amount in equity.values()) or 1.0
    money = money_format(equity.values(), currency)
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": [name for name, _ in rising],
                "x": [amount for _, amount in rising],
                "marker": {"color": [series_colour(at) for at in reversed(range(len(rising)))]},
                "text": [f"{format_number(amount / whole * 100, 1)} %" for _, amount in rising],
                "textposition": "auto",
                "hovertemplate": f"%{{y}}: %{{x:{money}}}<extra></extra>",
            }
        ],
        "layout": layout(
            max(160, 40 + 26 * len(rising)),
            hovermode="closest",
            showlegend=False,
            dragmode=False,
            margin={"l": 110, "r": 14, "t": 8, "b": 28},
            bargap=0.3,
            xaxis=axis(tickformat=TICKS),
            yaxis=axis(),
        ),
    }


def returns_histogram(edges: Sequence[float], counts: Sequence[float]) -> Figure:
    """Return how many round trips had a return between neighbouring edges, as fractions."""
    middle = [(low + high) / 2 for low, high in pairwise(edges)]
    return {
        "data": [
            {
                "type": "bar",
                "x": middle,
                "y": counts,
                "width": [high - low for low, high in pairwise(edges)],
                "marker": {
                    "color": sign_colours(middle),
                    "line": {"color": BACKGROUND, "width": 1},
                },
                "hovertemplate": "%{y} round trips around %{x:.2%}<extra></extra>",
            }
        ],
        "layout": layout(
            HISTOGRAM_HEIGHT,
            hovermode="closest",
            showlegend=False,
            dragmode=False,
            margin={"l": 56, "r": 14, "t": 8, "b": 44},
            xaxis=axis(tickformat=".1%", title=title("Return of a round trip, after fees")),
            yaxis=axis(title=title("Round trips")),
        ),
    }
