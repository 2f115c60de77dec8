"""The equity of a backtest, and candles with its fills, as Plotly figures. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.figures.round_trips import RoundTripRow
from dashboard.figures.style import (
    BACKGROUND,
    DOWN,
    DOWN_FILL,
    SERIES,
    STRONG_TEXT,
    TEXT,
    TICKS,
    UP,
    Figure,
    axis,
    layout,
    line,
    milliseconds,
    money_format,
    time_axis,
    title,
)
from dashboard.formats import format_profit

BACKTEST_EQUITY_HEIGHT, CANDLES_HEIGHT = 460, 360
_PERCENT = "%{y:.2%}"
_EXPOSURE_FILL = "rgba(79,195,247,0.2)"


def backtest_equity(curve: Mapping[str, Sequence[float]], currency: str) -> Figure:
    """Return equity against buy and hold, drawdown and exposure, below each other.

    `curve` has the columns of `dashboard.figures.curves.curve_columns`.
    """
    x = milliseconds(curve["time"])
    # Without a benchmark its columns are empty.
    held_x = x[: len(curve["benchmark"])]
    money = f"%{{y:{money_format(curve['equity'], currency)}}}"
    below = {"showlegend": False, "hovertemplate": _PERCENT}
    drawdown = {"yaxis": "y2", **below}
    exposure = {"yaxis": "y3", "fill": "tozeroy", "fillcolor": _EXPOSURE_FILL, **below}
    return {
        "data": [
            line(
                held_x, curve["benchmark"], "Buy and hold", TEXT, hovertemplate=money,
                line={"width": 1.2, "dash": "dot"},
            ),
            line(x, curve["equity"], "Strategy", UP, hovertemplate=money),
            line(
                held_x, curve["benchmark_drawdown"], "Buy and hold", TEXT, **drawdown,
                line={"width": 1, "dash": "dot"},
            ),
            line(
                x, curve["drawdown"], "Drawdown", DOWN, fill="tozeroy", fillcolor=DOWN_FILL,
                **drawdown,
            ),
            line(
                x, curve["exposure"], "Exposure", SERIES[0], **exposure,
                line={"width": 1, "shape": "hv"},
            ),
        ],
        "layout": layout(
            BACKTEST_EQUITY_HEIGHT,
            margin={"l": 56, "r": 14, "t": 34, "b": 28},
            xaxis=time_axis(anchor="y3"),
            yaxis=axis(
                domain=[0.46, 1],
                tickformat=TICKS,
                title=title(f"Equity, {currency}" if currency else "Equity"),
            ),
            yaxis2=axis(domain=[0.2, 0.42], tickformat=".0%", title=title("Drawdown")),
            yaxis3=axis(domain=[0, 0.16], tickformat=".0%", title=title("Exposure")),
        ),
    }  # fmt: skip


def candles_with_fills(
    candles: Mapping[str, Sequence[Any]], round_trips: Sequence[RoundTripRow], currency: str
) -> Figure:
    """Return candles, and every round trip as a line from its entry to its exit.

    `candles` has the columns of `dashboard.figures.columns.candle_columns`.
    """
    x = milliseconds(candles["time"])
    return {
        "data": [
            {
                "type": "candlestick",
                "x": x,
                **{name: candles[name] for name in ("open", "high", "low", "close")},
                "increasing": _candle(UP),
                "decreasing": _candle(DOWN),
                "name": "Price",
                "hoverinfo": "x+y",
                "showlegend": False,
            },
            _paths(round_trips),
            _entries(round_trips),
            _exits(round_trips, currency),
        ],
        "layout": layout(
            CANDLES_HEIGHT,
            hovermode="closest",
            margin={"l": 66, "r": 14, "t": 34, "b": 28},
            xaxis=time_axis(rangeslider={"visible": False}, range=[x[0], x[-1]] if x else None),
            yaxis=axis(fixedrange=False, tickformat=TICKS, hoverformat=TICKS),
        ),
    }


def _candle(colour: str) -> dict[str, Any]:
    return {"line": {"color": colour, "width": 1}, "fillcolor": colour}


def _paths(round_trips: Sequence[RoundTripRow]) -> dict[str, Any]:
    x: list[Any] = []
    y: list[Any] = []
    for row in round_trips:
        x += [*milliseconds([row["entry_time"], row["exit_time"]]), None]
        y += [row["entry_price"], row["exit_price"], None]
    dotted = {"width": 1, "dash": "dot"}
    return line(x, y, "Round trip", TEXT, line=dotted, hoverinfo="skip", showlegend=False)


def _entries(round_trips: Sequence[RoundTripRow]) -> dict[str, Any]:
    sides = [row["side"] for row in round_trips]
    marker = {
        "size": 11,
        "symbol": ["triangle-up" if side == "long" else "triangle-down" for side in sides],
        "color": STRONG_TEXT,
    }
    return _marks("entry", round_trips, sides, marker)


def _exits(round_trips: Sequence[RoundTripRow], currency: str) -> dict[str, Any]:
    marker = {
        "size": 9,
        "symbol": "circle",
        "color": [UP if row["profit"] >= 0 else DOWN for row in round_trips],
    }
    texts = [
        f"{row['reason']}, {format_profit(row['profit'], currency)} {currency}".strip()
        for row in round_trips
    ]
    return _marks("exit", round_trips, texts, marker)


def _marks(
    end: str, round_trips: Sequence[RoundTripRow], texts: list[str], marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": end.capitalize(),
        "x": milliseconds(row[f"{end}_time"] for row in round_trips),
        "y": [row[f"{end}_price"] for row in round_trips],
        "marker": {**marker, "line": {"color": BACKGROUND, "width": 1.5}},
        "text": texts,
        "hovertemplate": f"%{{text}} at %{{y:{TICKS}}}<extra></extra>",
    }
