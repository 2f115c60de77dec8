"""The portfolio as CSV files: round trips in exact decimals, days as drawn, all in UTC. Pure.

A spreadsheet evaluates a cell that looks like a formula, so such a text gets an apostrophe first.
Numbers are unchanged.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from bot_manager.domain.config import BotConfig
from bot_manager.trading import RoundTrip
from data import Side

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ROUND_TRIP_COLUMNS = (
    "bot", "strategy", "instrument", "side", "entry_time", "exit_time", "entry_price", "exit_price",
    "size", "fees", "profit", "adverse", "favourable", "duration_s", "reason", "currency",
)  # fmt: skip


def round_trips_csv(
    round_trips_by_exit: Sequence[tuple[str, RoundTrip]], configs: Mapping[str, BotConfig]
) -> str:
    """Return round trips as rows, in the order given; profit is after fees."""
    return _table(
        _ROUND_TRIP_COLUMNS,
        (_round_trip_row(bot, round_trip, configs[bot]) for bot, round_trip in round_trips_by_exit),
    )


def days_csv(
    time: Sequence[float], profit: Sequence[float], equity: Sequence[float], *, currency: str
) -> str:
    """Return UTC days, by their start, with the profit of each and the equity after it.

    The last day is not over.
    """
    days = (f"{datetime.fromtimestamp(began, UTC):%Y-%m-%d}" for began in time)
    columns = ("day", "profit", "equity", "currency")
    return _table(columns, zip(days, profit, equity, [currency] * len(time), strict=True))


def _round_trip_row(bot: str, round_trip: RoundTrip, config: BotConfig) -> tuple[Any, ...]:
    return (
        bot,
        config.strategy,
        config.instrument,
        "long" if round_trip.side is Side.BUY else "short",
        round_trip.entry_time,
        round_trip.exit_time,
        round_trip.entry_price,
        round_trip.exit_price,
        round_trip.size,
        round_trip.fees,
        round_trip.profit,
        round_trip.adverse,
        round_trip.favourable,
        round_trip.duration.total_seconds(),
        round_trip.exit_reason.name.replace("_", " ").lower(),
        config.instrument_id.quote,
    )


def _table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return lines.getvalue()


def _cell(value: Any) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case float():
            return repr(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            text = str(value)
            return f"'{text}" if text.startswith(_FORMULA) else text
