"""Stored backtests as JSON for the page's scripts. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from backtesting.archive.shown_warnings import shown_warnings
from backtesting.metrics import METRICS
from backtesting.record import BacktestRecord, BacktestSummary
from bot_manager.trading import RoundTrip
from dashboard.figures.columns import candle_columns
from dashboard.figures.curves import curve_columns, histogram, month_rows
from dashboard.forms.config_form import flat_values, format_parameters
from dashboard.round_trips import round_trip_payload
from data import CandleFrame

LISTED = (
    "total_return",
    "benchmark_return",
    "max_drawdown",
    "sharpe",
    "profit_factor",
    "win_rate",
    "round_trips",
)


def metrics_payload() -> list[dict[str, Any]]:
    """Return the definition of every metric, in the order of the catalog."""
    return [msgspec.to_builtins(_plain(metric.definition)) for metric in METRICS.values()]


def row_payload(summary: BacktestSummary) -> dict[str, Any]:
    """Return a backtest as a row of the history."""
    return {
        "id": summary.id,
        "created_at": _seconds(summary.created_at),
        "instrument": summary.instrument,
        "currency": summary.quote,
        "timeframe": summary.timeframe,
        "strategy": summary.strategy,
        "parameters": format_parameters(summary.config.get("parameters", {})),
        "start": _seconds(summary.start),
        "end": _seconds(summary.end),
        "note": summary.note,
        "tags": summary.tags,
        "agrees": summary.agrees,
        "missing": summary.quality.missing,
        **{name: summary.metrics.get(name) for name in LISTED},
    }


def result_payload(record: BacktestRecord) -> dict[str, Any]:
    """Return everything that the view of a result draws."""
    summary = record.summary
    capital = float(Decimal(str(summary.config["capital"])))
    equity_points = ((sample.time, float(sample.equity)) for sample in record.equity)
    return {
        **row_payload(summary),
        "config": summary.config,
        "values": flat_values(summary.config),
        "metrics": summary.metrics,
        "digests": msgspec.to_builtins(summary.digests),
        "quality": msgspec.to_builtins(summary.quality),
        "reconciled": [
            {**msgspec.to_builtins(check), "holds": check.holds} for check in summary.reconciled
        ],
        "drilled_candles": summary.drilled_candles,
        "warnings": shown_warnings(summary, record.round_trips),
        "curve": curve_columns(record.equity, capital),
        "months": month_rows(equity_points, capital, summary.start),
        "histogram": histogram(record.round_trips),
        "closed_round_trips": [
            round_trip_payload(number, round_trip)
            for number, round_trip in enumerate(record.round_trips, 1)
        ],
    }


def compared_payload(record: BacktestRecord) -> dict[str, Any]:
    """Return what a comparison draws of one backtest."""
    summary = record.summary
    capital = float(Decimal(str(summary.config["capital"])))
    curve = curve_columns(record.equity, capital)
    growth = [equity / capital - 1.0 for equity in curve["equity"]]
    return {
        **row_payload(summary),
        "metrics": summary.metrics,
        "values": flat_values(summary.config),
        "curve": {"time": curve["time"], "growth": growth},
    }


def candles_payload(frame: CandleFrame, round_trips: Sequence[RoundTrip]) -> dict[str, Any]:
    """Return a window of candles and the fills of round trips in it."""
    columns = candle_columns(frame)
    return {
        "candles": columns,
        "step_s": frame.timeframe.seconds,
        "closed_round_trips": [
            round_trip_payload(number, round_trip)
            for number, round_trip in enumerate(round_trips, 1)
        ],
    }


def _plain(definition: Any) -> dict[str, Any]:
    return {name: getattr(definition, name) for name in definition.__slots__}


def _seconds(time: Any) -> int:
    return int(time.timestamp())
