"""Figures of a stored backtest, as dictionaries for Plotly. Pure: no library is needed.

Colours mean the same everywhere: teal is ours, and up; red is down; grey is the benchmark.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from backtesting.archive.curves import drawdowns
from backtesting.record import BacktestRecord
from bot_manager.trading import RoundTrip
from data import CandleFrame, Side

Figure = dict[str, Any]

OURS, DOWN, OTHER, ACCENT = "#1a9e8f", "#e0524f", "#8b95a5", "#4f7fd9"
BINS = 60
_WASH = "rgba(26, 158, 143, 0.18)"
_RED_WASH = "rgba(224, 82, 79, 0.22)"
MOST_CANDLES = 1_500
# Exact decimals: without this Plotly writes small numbers with SI prefixes.
_AMOUNTS = {"tickformat": ",.15~f", "hoverformat": ",.15~f"}


def equity_figure(record: BacktestRecord) -> Figure:
    """Draw equity against buy and hold."""
    times = _times(record)
    own = [float(sample.equity) for sample in record.equity]
    held = [float(one.benchmark) for one in record.equity if one.benchmark is not None]
    lines = [_line(times, own, "equity", OURS, width=2)]
    if held:
        lines.append(_line(times, held, "buy and hold", OTHER, width=1.2))
    return _figure(
        "Equity against buy and hold",
        lines,
        yaxis=_AMOUNTS | {"title": {"text": record.summary.quote or "quote currency"}},
    )


def drawdown_figure(record: BacktestRecord) -> Figure:
    """Draw how far equity is below its highest so far, at the stored points."""
    equity = np.array([float(sample.equity) for sample in record.equity])
    capital = float(record.summary.config.get("capital", equity[0] if len(equity) else 0.0))
    trace = _line(_times(record), drawdowns(equity, capital).tolist(), "drawdown", DOWN, width=1)
    return _figure(
        "Drawdown",
        [trace | {"fill": "tozeroy", "fillcolor": _RED_WASH}],
        yaxis={"tickformat": ".1%"},
    )


def exposure_figure(record: BacktestRecord) -> Figure:
    """Draw the position's signed value as a fraction of equity."""
    shares = [
        float(sample.position_value / sample.equity) if sample.equity > 0 else None
        for sample in record.equity
    ]
    trace = _line(_times(record), shares, "exposure", ACCENT, width=1)
    trace["line"]["shape"] = "hv"
    return _figure("Exposure", [trace | {"fill": "tozeroy"}], yaxis={"tickformat": ".0%"})


def round_trips_figure(record: BacktestRecord) -> Figure:
    """Draw a histogram of round trips by profit, net of fees, over their value at entry."""
    shares = np.array(
        [float(round_trip.profit / round_trip.entry_value) for round_trip in record.round_trips]
    )
    traces = []
    if len(shares):
        edges = _edges(shares)
        counts, _ = np.histogram(shares, edges)
        middles = (edges[1:] + edges[:-1]) / 2
        traces.append(
            {
                "type": "bar",
                "x": middles.tolist(),
                "y": counts.tolist(),
                "width": np.diff(edges).tolist(),
                "marker": {"color": [OURS if middle > 0 else DOWN for middle in middles]},
                "hovertemplate": "%{x:.2%}: %{y}<extra></extra>",
            }
        )
    return _figure("Round trips by profit", traces, xaxis={"tickformat": ".1%"})


def candles_figure(candles: CandleFrame, round_trips: Sequence[RoundTrip]) -> Figure:
    """Draw candles, joined if there are too many, with every entry and exit."""
    shown = joined_candles(candles, MOST_CANDLES)
    prices = {
        "type": "candlestick",
        "x": _iso(shown["open_time"]),
        **{name: shown[name].tolist() for name in ("open", "high", "low", "close")},
        "name": "price",
        "increasing": {"line": {"color": OURS, "width": 1}},
        "decreasing": {"line": {"color": DOWN, "width": 1}},
    }
    long = [round_trip for round_trip in round_trips if round_trip.side is Side.BUY]
    short = [round_trip for round_trip in round_trips if round_trip.side is Side.SELL]
    markers = [
        _marks("long entry", [(t.entry_time, t.entry_price) for t in long], "triangle-up", ACCENT),
        _marks("short entry", [(t.entry_time, t.entry_price) for t in short], "triangle-down",
               "#b0672b"),
        _marks("exit", [(t.exit_time, t.exit_price) for t in round_trips], "x", OTHER),
    ]  # fmt: skip
    layout = {"xaxis": {"rangeslider": {"visible": False}}, "yaxis": _AMOUNTS}
    return _figure("Candles with fills", [prices, *(one for one in markers if one["x"])], **layout)


def joined_candles(candles: CandleFrame, most: int) -> dict[str, "np.ndarray[Any, Any]"]:
    """Return at most `most` rows, joining as many consecutive candles as needed."""
    step = -(-len(candles) // most) if len(candles) else 1
    starts = np.arange(0, len(candles), step)
    if not len(starts):
        return {
            name: getattr(candles, name) for name in ("open_time", "open", "high", "low", "close")
        }
    ends = np.append(starts[1:], len(candles)) - 1
    return {
        "open_time": candles.open_time[starts],
        "open": candles.open[starts],
        "high": np.maximum.reduceat(candles.high, starts),
        "low": np.minimum.reduceat(candles.low, starts),
        "close": candles.close[ends],
    }


def _edges(shares: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return the edges of bars; no bar contains both profits and losses."""
    low, high = min(float(shares.min()), 0.0), max(float(shares.max()), 0.0)
    width = (high - low) / BINS or 1e-6
    first, last = int(np.floor(low / width)), int(np.ceil(high / width))
    return np.arange(first, max(last, first + 1) + 1) * width


def _marks(name: str, points: Sequence[tuple[Any, Any]], symbol: str, colour: str) -> Figure:
    return {
        "type": "scattergl" if len(points) > MOST_CANDLES else "scatter",
        "mode": "markers",
        "name": name,
        "x": [time.isoformat() for time, _ in points],
        "y": [float(price) for _, price in points],
        "marker": {"symbol": symbol, "size": 8, "color": colour},
    }


def _line(
    times: list[str], values: Sequence[float | None], name: str, colour: str, *, width: float
) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": times,
        "y": list(values),
        "line": {"color": colour, "width": width},
    }


def _times(record: BacktestRecord) -> list[str]:
    return [sample.time.isoformat() for sample in record.equity]


def _iso(times: "np.ndarray[Any, Any]") -> list[str]:
    return [f"{time}Z" for time in times.astype("datetime64[s]").astype(str)]


def _figure(title: str, traces: list[Figure], **axes: Any) -> Figure:
    grid = {"gridcolor": "rgba(128, 140, 155, 0.18)", "zerolinecolor": "rgba(128, 140, 155, 0.5)"}
    layout = {
        "title": {"text": title, "x": 0, "font": {"size": 15}},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "margin": {"l": 64, "r": 16, "t": 44, "b": 36},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": 1.08, "x": 1, "xanchor": "right"},
        "xaxis": grid | axes.get("xaxis", {}),
        "yaxis": grid | axes.get("yaxis", {}),
    }
    return {"data": traces, "layout": layout}
