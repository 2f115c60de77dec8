"""All bots together over a span, as if every capital had been there from the start. Pure.

So deposits and withdrawals are no profit: the portfolio's equity is the sum of all capital and of
what every bot has gained or lost on its own.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate
from typing import Any, TypeVar

import numpy as np

from backtesting.metrics import (
    EquityCurve,
    Holdings,
    MaxDrawdown,
    MetricInput,
    RoundTripColumns,
    daily_curve,
    max_drawdown_of,
)
from backtesting.metrics.serial import Floats, Int64s
from bot_manager.domain.config import BotConfig
from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.domain.lifecycle import MANAGED_STATES
from bot_manager.reporting.fleet import FleetRow, ProfitChange, SessionCapital
from bot_manager.reporting.results import round_trips
from bot_manager.reporting.valuation import value_account
from bot_manager.trading import RoundTrip, to_us
from dashboard.features.bots.reads import FleetHistory

HOURS = [f"{hour:02}" for hour in range(24)]

OfBot = TypeVar("OfBot", SessionCapital, EquityMark, AccountOrder)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One bot's profit at rising times in us, and its capital; `now` is its newest profit."""

    fleet_row: FleetRow
    capital: float
    time_us: Int64s
    profit: Floats
    now: float

    def at(self, times: Int64s) -> Floats:
        """Return the profit at these times, 0 before the first mark."""
        if not len(self.time_us):
            return np.zeros(len(times))
        rows = np.searchsorted(self.time_us, times, side="right") - 1
        found: Floats = np.where(rows >= 0, self.profit[np.maximum(rows, 0)], 0.0)
        return found


def tracks_of(history: FleetHistory, marks: Sequence[EquityMark]) -> list[Track]:
    """Return every bot that was ever started, with its profit at these marks and now."""
    paid = _by_bot(history.paid_in)
    found = _by_bot(marks)
    return [
        _track(fleet_row, paid[name], found.get(name, []), history)
        for fleet_row in history.fleet_rows
        if (name := fleet_row.status.name) in paid and fleet_row.checkpoint is not None
    ]


def curve_of(tracks: Sequence[Track], start: datetime, end: datetime) -> EquityCurve:
    """Return the sum of tracks at all their times in a span, both ends included."""
    first, last = to_us(start), to_us(end)
    inner = [track.time_us[(track.time_us > first) & (track.time_us < last)] for track in tracks]
    times = np.unique(np.concatenate([[first], *inner, [last]])).astype(np.int64)
    return EquityCurve(times, _equity(tracks, times))


def max_drawdown_since(
    capital: float, start: datetime, changes: Sequence[ProfitChange], now: float | None = None
) -> MaxDrawdown:
    """Return the maximum drawdown since `start` of `capital` with these changes of profit.

    `now` is the newest profit, after all of them; None: that of the last change.
    """
    points = list(changes)
    if not points or points[0].time > start:
        points.insert(0, ProfitChange(time=start, change=Decimal(0)))
    times = [to_us(point.time) for point in points]
    profit = [float(one) for one in accumulate(point.change for point in points)]
    if now is not None:
        times, profit = [*times, times[-1]], [*profit, now]
    return max_drawdown_of(EquityCurve(np.array(times, np.int64), capital + np.array(profit)))


def metric_input_of(
    history: FleetHistory,
    tracks: Sequence[Track],
    closed: Sequence[RoundTrip],
    changes: Sequence[ProfitChange],
) -> MetricInput:
    """Return what the backtest metrics measure: daily marks of all bots together.

    The maximum drawdown is over every mark and fill, and the profit of the bots now.
    """
    start, end = to_us(history.start), to_us(history.end)
    times = np.unique(np.concatenate([[start], *(track.time_us for track in tracks), [end]]))
    times = times[(times >= start) & (times <= end)].astype(np.int64)
    equity = _equity(tracks, times)
    curve = daily_curve(start, float(equity[0]), end, times, equity)
    inside = [
        round_trip for round_trip in closed if history.start <= round_trip.exit_time <= history.end
    ]
    fills = [fill for fill in history.fills if history.start <= fill.time <= history.end]
    capital, now = sum(track.capital for track in tracks), sum(track.now for track in tracks)
    return MetricInput(
        curve=curve,
        round_trips=_columns(inside),
        holdings=_holdings(history, fills),
        given_max_drawdown=max_drawdown_since(capital, history.start, changes, now),
    )


def closed_round_trips(history: FleetHistory) -> list[tuple[str, RoundTrip]]:
    """Return the closed round trips of all bots, in the order of their exits."""
    contracts = _contracts(history)
    closed = [
        (bot, round_trip)
        for bot, orders in _by_bot(history.fills).items()
        for round_trip in round_trips(orders, contracts.get(bot, Decimal(1)))
    ]
    return sorted(closed, key=lambda each: each[1].exit_time)


def breakdown(
    round_trips: Sequence[tuple[str, RoundTrip]], configs: Mapping[str, BotConfig]
) -> dict[str, list[dict[str, Any]]]:
    """Return profit after fees by strategy, by instrument and by the UTC hour of the exit.

    Strategies and instruments come best first, as each bot's newest configuration names them; all
    hours come in order.
    """
    return {
        "strategy": _ranked(_summed(round_trips, lambda bot, _: configs[bot].strategy)),
        "instrument": _ranked(_summed(round_trips, lambda bot, _: configs[bot].instrument)),
        "hour": _summed(
            round_trips, lambda _, round_trip: f"{round_trip.exit_time.astimezone(UTC):%H}", HOURS
        ),
    }


def _track(
    fleet_row: FleetRow,
    paid: Sequence[SessionCapital],
    marks: Sequence[EquityMark],
    history: FleetHistory,
) -> Track:
    starts = [one.time for one in paid]

    def capital(time: datetime) -> Decimal:
        return paid[max(0, bisect_right(starts, time) - 1)].capital

    assert fleet_row.checkpoint is not None
    is_active = fleet_row.status.state in MANAGED_STATES
    price = history.prices.get(fleet_row.config.instrument_id) if is_active else None
    now = float(value_account(fleet_row.checkpoint, price).profit)
    times = [to_us(mark.time) for mark in marks]
    profit = [float(mark.equity - capital(mark.time)) for mark in marks]
    return Track(
        fleet_row,
        float(paid[-1].capital),
        np.array([*times, to_us(history.end)], np.int64),
        np.array([*profit, now]),
        now,
    )


def _equity(tracks: Sequence[Track], times: Int64s) -> Floats:
    whole: Floats = np.full(len(times), sum(track.capital for track in tracks), np.float64)
    for track in tracks:
        whole = whole + track.at(times)
    return whole


def _by_bot(rows: Iterable[OfBot]) -> dict[str, list[OfBot]]:
    found: dict[str, list[OfBot]] = {}
    for row in rows:
        found.setdefault(row.bot, []).append(row)
    return found


def _columns(closed: Sequence[RoundTrip]) -> RoundTripColumns:
    def money(name: str) -> Floats:
        return np.array([float(getattr(round_trip, name)) for round_trip in closed])

    def times(name: str) -> Int64s:
        return np.array([to_us(getattr(round_trip, name)) for round_trip in closed], np.int64)

    return RoundTripColumns(
        entry_us=times("entry_time"),
        exit_us=times("exit_time"),
        **{
            name: money(name)
            for name in ("entry_value", "profit", "fees", "adverse", "favourable", "risk")
        },
    )


def _holdings(history: FleetHistory, fills: Sequence[AccountOrder]) -> Holdings:
    contracts = _contracts(history)
    turnover = sum(fill.price * fill.size * contracts.get(fill.bot, Decimal(1)) for fill in fills)
    return Holdings(turnover=float(turnover), fees=float(sum(fill.fee for fill in fills)))


def _contracts(history: FleetHistory) -> dict[str, Decimal]:
    return {
        one.status.name: one.checkpoint.scales.contract
        for one in history.fleet_rows
        if one.checkpoint is not None
    }


def _summed(
    round_trips: Sequence[tuple[str, RoundTrip]],
    name_of: Callable[[str, RoundTrip], str],
    names: Sequence[str] = (),
) -> list[dict[str, Any]]:
    found: dict[str, list[RoundTrip]] = {name: [] for name in names}
    for bot, round_trip in round_trips:
        found.setdefault(name_of(bot, round_trip), []).append(round_trip)
    return [
        {
            "name": name,
            "profit": float(sum(round_trip.profit for round_trip in group)),
            "round_trips": len(group),
            "won": sum(round_trip.profit > 0 for round_trip in group),
        }
        for name, group in found.items()
    ]


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-row["profit"], row["name"]))
