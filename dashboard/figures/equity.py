"""Equity, drawdown and growth over time, as Plotly figures. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.figures.style import (
    DOWN,
    DOWN_FILL,
    TEXT,
    TICKS,
    UP,
    Figure,
    axis,
    layout,
    legend,
    line,
    milliseconds,
    money_format,
    series_colour,
    time_axis,
    title,
)

EQUITY_HEIGHT, GROWTH_HEIGHT = 280, 320
_PERCENT = "%{y:.2%}"


def equity_with_drawdown(
    curve: Mapping[str, Sequence[float]], held: Mapping[str, Sequence[float]] | None, currency: str
) -> Figure:
    """Return the equity with the drawdown below it, on one time axis.

    `curve` has `time` in Unix seconds, `equity` in `currency` and `drawdown` as fractions; `held`
    is buy and hold: `time` and `equity`.
    """
    x = milliseconds(curve["time"])
    money = f"%{{y:{money_format(curve['equity'], currency)}}}"
    traces = [
        line(x, curve["equity"], "Equity", UP, hovertemplate=money, line={"shape": "hv"}),
        line(
            x,
            curve["drawdown"],
            "Drawdown",
            DOWN,
            yaxis="y2",
            fill="tozeroy",
            fillcolor=DOWN_FILL,
            hovertemplate=_PERCENT,
            line={"shape": "hv"},
        ),
    ]
    if held is not None:
        dotted = {"width": 1.1, "dash": "dot"}
        times, equity = milliseconds(held["time"]), held["equity"]
        traces.insert(
            0, line(times, equity, "Buy and hold", TEXT, hovertemplate=money, line=dotted)
        )
    return {
        "data": traces,
        "layout": layout(
            EQUITY_HEIGHT,
            showlegend=False,
            margin={"l": 80, "r": 14, "t": 8, "b": 28},
            xaxis=time_axis(anchor="y2"),
            yaxis=axis(
                domain=[0.36, 1],
                tickformat=TICKS,
                title=title(f"Equity, {currency}" if currency else "Equity"),
            ),
            yaxis2=axis(domain=[0, 0.28], tickformat=".2%", title=title("Drawdown"), nticks=3),
        ),
    }


def growth(curves: Sequence[Mapping[str, Any]]) -> Figure:
    """Return the growth of several capitals; each has `name`, `time` and `growth` as fractions."""
    return {
        "data": [
            line(
                milliseconds(curve["time"]),
                curve["growth"],
                curve["name"],
                series_colour(at),
                hovertemplate=_PERCENT,
            )
            for at, curve in enumerate(curves)
        ],
        "layout": layout(
            GROWTH_HEIGHT,
            xaxis=time_axis(),
            yaxis=axis(tickformat=".1%"),
            legend=legend(y=-0.12, yanchor="top"),
        ),
    }
