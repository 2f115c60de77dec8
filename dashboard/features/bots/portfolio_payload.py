"""All bots together as JSON for the Portfolio page's script. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from backtesting.archive.curves import drawdowns
from backtesting.metrics import EquityCurve, measure
from bot_manager.domain.ledger import EquityMark
from bot_manager.trading import RoundTrip, from_us, to_us
from dashboard.features.bots.portfolio import (
    Track,
    breakdown,
    closed_round_trips,
    curve_of,
    metric_input_of,
    tracks_of,
)
from dashboard.features.bots.reads import POINTS, FleetChanges, FleetHistory, midnight
from dashboard.features.bots.reconciliation import Reconciliation, reconcile
from dashboard.figures.curves import histogram, month_rows
from dashboard.round_trips import round_trip_payload

MAX_ROUND_TRIPS = 500
MAX_CURVES = 12
RANGES = {"1d": 1, "7d": 7, "30d": 30, "90d": 90, "1y": 365}
YEAR_TO_DATE, SINCE_FIRST_BOT = "ytd", "all"
RANGE_NAMES = (*RANGES, YEAR_TO_DATE, SINCE_FIRST_BOT)


def start_of(name: str, now: datetime) -> datetime | None:
    """Return the start of a range; None: the start of the first bot."""
    if name == YEAR_TO_DATE:
        return midnight(now).replace(month=1, day=1)
    return now - timedelta(days=RANGES[name]) if name in RANGES else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSelection:
    """The bots to draw: those that match the search text, of one quote currency.

    Money of different currencies is never added. `currencies` are all those of matching bots, the
    one of most bots first; `currency` is "" where the symbol names none.
    """

    search_text: str
    currency: str
    currencies: list[str]

    @classmethod
    def of(
        cls, history: FleetHistory, search_text: str = "", currency: str | None = None
    ) -> "BotSelection":
        """Select bots that were ever started; `currency` None: that of most of them."""
        matching = [
            track for track in tracks_of(history, history.marks) if _matches(track, search_text)
        ]
        counts = Counter(_currency(track) for track in matching)
        currencies = sorted(counts, key=lambda one: (-counts[one], one))
        if currency is None:
            currency = currencies[0] if currencies else ""
        return cls(search_text=search_text, currency=currency, currencies=currencies)

    def tracks(self, history: FleetHistory, marks: Sequence[EquityMark]) -> list[Track]:
        """Return the selected bots with their profit at these marks."""
        return [
            track
            for track in tracks_of(history, marks)
            if _currency(track) == self.currency and _matches(track, self.search_text)
        ]

    def names(self, history: FleetHistory) -> set[str]:
        """Return the names of the selected bots."""
        return {track.fleet_row.status.name for track in self.tracks(history, history.marks)}


def portfolio_payload(
    history: FleetHistory, changes: FleetChanges, selection: BotSelection
) -> dict[str, Any]:
    """Return everything that the page draws of the selected bots, in their quote currency.

    `changes` are those of the same bots.
    """
    matching = selection.tracks(history, history.marks)
    names = {track.fleet_row.status.name for track in matching}
    daily = selection.tracks(history, history.days)
    round_trips = [
        (bot, round_trip) for bot, round_trip in closed_round_trips(history) if bot in names
    ]
    chosen = FleetHistory(
        **{name: getattr(history, name) for name in _KEPT},
        fills=[fill for fill in history.fills if fill.bot in names],
    )
    closed = [round_trip for _, round_trip in round_trips]
    metrics = measure(metric_input_of(chosen, daily, closed, changes.changes)) if matching else {}
    inside = selected_round_trips(history, selection)
    return {
        "currency": selection.currency,
        "currencies": selection.currencies,
        "start": history.start.timestamp(),
        "end": history.end.timestamp(),
        "bots": len(matching),
        "metrics": metrics,
        "daily_before": changes.daily_before.timestamp() if changes.daily_before else None,
        "days": (history.end - history.start) / timedelta(days=1),
        "round_trips": len(inside),
        "curve": _curve(curve_of(matching, history.start, history.end)) if matching else None,
        "growth_curves": [_growth_curve(track, history) for track in _largest(matching, history)],
        "members": [_member(track, history, round_trips) for track in matching],
        "reconciliation": _reconciliation(one for one in reconcile(history) if one.bot in names),
        "months": _months(daily, history) if daily else [],
        "day_profits": _day_profits(daily, history) if daily else _NO_DAYS,
        "histogram": histogram([round_trip for _, round_trip in inside]),
        "profit_by": breakdown(
            inside, {t.fleet_row.status.name: t.fleet_row.config for t in matching}
        ),
        "closed_round_trips": [
            {"bot": bot, **round_trip_payload(number, round_trip)}
            for number, (bot, round_trip) in list(enumerate(inside, 1))[-MAX_ROUND_TRIPS:]
        ][::-1],
    }


def selected_round_trips(
    history: FleetHistory, selection: BotSelection
) -> list[tuple[str, RoundTrip]]:
    """Return the round trips of selected bots that were closed in the span, by exit."""
    names = selection.names(history)
    return [
        (bot, round_trip)
        for bot, round_trip in closed_round_trips(history)
        if bot in names and round_trip.exit_time >= history.start
    ]


_NO_DAYS: dict[str, list[float]] = {"time": [], "profit": [], "equity": []}
_KEPT = ("fleet_rows", "prices", "paid_in", "days", "marks", "start", "end")


def _currency(track: Track) -> str:
    return track.fleet_row.config.instrument_id.quote


def _matches(track: Track, search_text: str) -> bool:
    status, config = track.fleet_row.status, track.fleet_row.config
    text = f"{status.name} {status.state} {config.strategy} {config.instrument} {config.timeframe}"
    return all(word in text.lower() for word in search_text.lower().split())


def _curve(curve: EquityCurve) -> dict[str, list[float]]:
    times, equity = _thinned(curve)
    return {
        "time": times,
        "equity": equity,
        "drawdown": drawdowns(np.array(equity), equity[0]).round(6).tolist(),
    }


def _growth_curve(track: Track, history: FleetHistory) -> dict[str, Any]:
    """Return the growth of a bot's capital in the span."""
    curve = curve_of([track], history.start, history.end)
    times, equity = _thinned(curve)
    base = equity[0] if equity[0] > 0 else track.capital
    return {
        "name": track.fleet_row.status.name,
        "time": times,
        "growth": [amount / base - 1.0 for amount in equity],
    }


def _member(
    track: Track, history: FleetHistory, round_trips: Sequence[tuple[str, RoundTrip]]
) -> dict[str, Any]:
    status, config = track.fleet_row.status, track.fleet_row.config
    own = [t for bot, t in round_trips if bot == status.name and t.exit_time >= history.start]
    gained = _gained(track, history)
    return {
        "name": status.name,
        "state": status.state,
        "strategy": config.strategy,
        "instrument": config.instrument,
        "timeframe": config.timeframe,
        "capital": track.capital,
        "equity": track.capital + track.now,
        "profit": gained,
        "return": gained / track.capital if track.capital else None,
        "round_trips": len(own),
        "win_rate": sum(t.profit > 0 for t in own) / len(own) if own else None,
    }


def _reconciliation(sides: Iterable[Reconciliation]) -> dict[str, Any]:
    """Return the sums, and the exact difference of every bot as text."""
    sides = list(sides)
    return {
        "realised": float(sum(one.realised for one in sides)),
        "unrealised": float(sum(one.unrealised for one in sides)),
        "fees": float(sum(one.fees for one in sides)),
        "change": float(sum(one.change for one in sides)),
        "differences": {one.bot: f"{one.difference.normalize():f}" for one in sides},
    }


def _gained(track: Track, history: FleetHistory) -> float:
    before, after = track.at(np.array([to_us(history.start), to_us(history.end)], np.int64))
    return float(after - before)


def _largest(tracks: Iterable[Track], history: FleetHistory) -> list[Track]:
    """Return the bots with the highest and the lowest return: more curves are unreadable."""
    ranked = sorted(tracks, key=lambda track: -_gained(track, history) / (track.capital or 1.0))
    if len(ranked) <= MAX_CURVES:
        return ranked
    half = MAX_CURVES // 2
    return [*ranked[:half], *ranked[-half:]]


def _months(tracks: Sequence[Track], history: FleetHistory) -> list[dict[str, Any]]:
    curve = curve_of(tracks, history.start, history.end)
    points = zip(map(from_us, curve.time_us[1:].tolist()), curve.equity[1:].tolist(), strict=True)
    return month_rows(points, float(curve.equity[0]), history.start)


def _day_profits(tracks: Sequence[Track], history: FleetHistory) -> dict[str, list[float]]:
    """Return the profit of each UTC day of the span, by its start, and the equity after it."""
    day = timedelta(days=1)
    first = midnight(history.start)
    begins = [first + at * day for at in range((history.end - first) // day + 1)]
    edges = [max(history.start, begins[0]), *begins[1:], history.end]
    profit = sum(
        (track.at(np.array([to_us(edge) for edge in edges], np.int64)) for track in tracks),
        np.zeros(len(edges)),
    )
    return {
        "time": [begin.timestamp() for begin in begins],
        "profit": np.diff(profit).round(8).tolist(),
        "equity": (sum(track.capital for track in tracks) + profit[1:]).round(8).tolist(),
    }


def _thinned(curve: EquityCurve) -> tuple[list[float], list[float]]:
    """Return times in seconds and equity, thinned for the screen, the last point included."""
    stride = max(1, len(curve.time_us) // POINTS)
    rows = np.unique(np.append(np.arange(0, len(curve.time_us), stride), len(curve.time_us) - 1))
    return (curve.time_us[rows] / 1e6).tolist(), curve.equity[rows].tolist()
