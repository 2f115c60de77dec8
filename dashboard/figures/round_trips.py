"""Single round trips as points: excursions and holding time against profit. Pure.

A round trip is a row of `dashboard.round_trips`; one of a bot has its `bot` and `instrument`, too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboard.figures.style import (
    BACKGROUND,
    DOWN,
    TICKS,
    UP,
    Figure,
    axis,
    layout,
    legend,
    title,
)
from dashboard.formats import format_duration, format_money, format_profit, format_time, percent

SCATTER_HEIGHT = 300
_SHORTEST_S = 0.1
_HOLDING_TICKS = {
    1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3_600: "1 h", 21_600: "6 h", 86_400: "1 d",
    604_800: "7 d", 2_592_000: "30 d",
}  # fmt: skip

RoundTripRow = Mapping[str, Any]


def excursions(round_trips: Sequence[RoundTripRow], currency: str) -> Figure:
    """Return how far the market went against each round trip and for it, against its profit.

    A click's `customdata` is the round trip's bot, else its number.
    """
    return _scatter(
        [
            _points(
                round_trips, lambda row: -row["adverse"], "Maximum adverse excursion",
                "triangle-left", currency,
            ),
            _points(
                round_trips, lambda row: row["favourable"], "Maximum favourable excursion",
                "triangle-right", currency,
            ),
        ],
        axis(
            fixedrange=False, title=title("Excursion before fees"), tickformat=TICKS,
            zerolinewidth=2,
        ),
    )  # fmt: skip


def holding(round_trips: Sequence[RoundTripRow], currency: str) -> Figure:
    """Return how long each round trip was held, on a logarithmic axis, against its profit."""
    points = _points(
        round_trips, lambda row: max(_held_s(row), _SHORTEST_S), "Round trips", "circle", currency
    )
    return _scatter(
        [points],
        axis(
            fixedrange=False, type="log", tickvals=list(_HOLDING_TICKS),
            ticktext=list(_HOLDING_TICKS.values()), title=title("Holding time"),
        ),
    )  # fmt: skip


def _points(
    round_trips: Sequence[RoundTripRow],
    place: Callable[[RoundTripRow], float],
    name: str,
    symbol: str,
    currency: str,
) -> dict[str, Any]:
    """Return the points of round trips; `place` returns the position on the x axis."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [place(row) for row in round_trips],
        "y": [row["profit"] for row in round_trips],
        "customdata": [row.get("bot") or row["number"] for row in round_trips],
        "text": [_about(row, currency) for row in round_trips],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": symbol,
            "size": 8,
            "opacity": 0.85,
            "line": {"color": BACKGROUND, "width": 1},
            "color": [UP if row["profit"] > 0 else DOWN for row in round_trips],
        },
    }


def _scatter(data: list[dict[str, Any]], xaxis: dict[str, Any]) -> Figure:
    return {
        "data": data,
        "layout": layout(
            SCATTER_HEIGHT,
            hovermode="closest",
            margin={"l": 66, "r": 14, "t": 30, "b": 44},
            showlegend=len(data) > 1,
            xaxis=xaxis,
            yaxis=axis(fixedrange=False, tickformat=TICKS, title=title("Profit after fees")),
            legend=legend(itemclick=False),
        ),
    }


def _about(row: RoundTripRow, currency: str) -> str:
    share = "" if row["return"] is None else f" ({percent(row['return'], signed=True)})"
    start, end = format_time(row["entry_time"], 1), format_time(row["exit_time"], 1)
    profit = f"{format_profit(row['profit'], currency)} {currency}".strip()
    name = row.get("bot") or f"#{row['number']}"
    against = format_money(row["adverse"], currency)
    return "<br>".join(
        [
            f"<b>{name}</b> {row.get('instrument', '')} {row['side']}",
            f"{start} to {end} UTC, {format_duration(_held_s(row))}",
            f"profit {profit}{share}, {row['reason']}",
            f"against it {against}, for it {format_money(row['favourable'], currency)}",
        ]
    )


def _held_s(row: RoundTripRow) -> float:
    held: float = row["exit_time"] - row["entry_time"]
    return held
