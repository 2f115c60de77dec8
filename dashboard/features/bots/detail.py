"""One bot as JSON for its page's script. Pure."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from backtesting.archive.curves import drawdowns
from bot_manager.domain.config import BotConfig
from bot_manager.domain.journal import (
    CommandAccepted,
    JournalEntry,
    SessionEnded,
    SessionStarted,
    UnitsRescaled,
)
from bot_manager.domain.ledger import AccountOrder
from bot_manager.domain.lifecycle import Transition
from bot_manager.domain.status import BotCommand
from bot_manager.domain.versions import ConfigVersion
from bot_manager.reporting.results import round_trips
from bot_manager.trading import OrderRefusal
from dashboard.features.bots.portfolio import max_drawdown_since
from dashboard.features.bots.reads import POINTS, BotDetail
from dashboard.features.bots.rows import row_of
from dashboard.figures.signal_marks import group_id
from dashboard.formats import decimals_of
from dashboard.forms.config_form import flat_values
from dashboard.round_trips import round_trip_payload
from strategies import Group

MAX_ORDERS = 1_000


def bot_detail_payload(detail: BotDetail) -> dict[str, Any]:
    """Return everything that the page of a bot draws at first; tables newest first."""
    fleet_row, instrument = detail.fleet_row, detail.instrument
    contract = fleet_row.checkpoint.scales.contract if fleet_row.checkpoint else Decimal(1)
    closed = round_trips(detail.orders, contract)
    return {
        "row": row_of(fleet_row, detail.price),
        "created_at": fleet_row.status.created_at.timestamp(),
        "price_decimals": decimals_of(instrument.price_step) if instrument else 2,
        "price_step": float(instrument.price_step) if instrument else 0.01,
        "size_decimals": decimals_of(instrument.size_step) if instrument else 8,
        "warnings": [
            *([detail.unreadable] if detail.unreadable else []),
            *(warning.text for warning in detail.warnings),
        ],
        "config": fleet_row.config.model_dump(mode="json"),
        "values": flat_values(_newest_config(detail).model_dump(mode="json")),
        "versions": [version_payload(version) for version in reversed(detail.versions)],
        "transitions": [transition_payload(one) for one in reversed(detail.transitions)],
        "journal": [entry_payload(entry) for entry in reversed(detail.journal)],
        "groups": sorted({group_id(one) for one in _groups(detail.journal)}),
        "commands": [command_payload(one) for one in reversed(detail.commands)],
        "orders": [order_payload(order) for order in reversed(detail.orders[-MAX_ORDERS:])],
        "order_count": len(detail.orders),
        "closed_round_trips": [
            round_trip_payload(number, round_trip) for number, round_trip in enumerate(closed, 1)
        ][::-1],
        "won": sum(round_trip.profit > 0 for round_trip in closed),
        "curve": curve_payload(detail),
        "max_drawdown": _max_drawdown(detail),
        "daily_before": detail.daily_before.timestamp() if detail.daily_before else None,
    }


def order_payload(order: AccountOrder) -> dict[str, Any]:
    """Return an order as a row, which also is a mark on the chart."""
    return {
        "number": order.sequence,
        "time": order.time.timestamp(),
        "side": order.side.value,
        "filled": order.filled,
        "kind": "limit" if order.is_maker else "market",
        "reason": _word(order.reason.name),
        "refusal": "" if order.refusal is OrderRefusal.NONE else _word(order.refusal.name),
        "size": float(order.size),
        "price": float(order.price),
        "fee": float(order.fee),
        "realised": float(order.realised),
        "position": float(order.position),
        "equity": float(order.equity),
        "trade_id": str(order.trade_id),
    }


def transition_payload(transition: Transition) -> dict[str, Any]:
    """Return a change of state, with its actor and reason."""
    cursor = transition.cursor
    return {
        "number": transition.number,
        "time": transition.made_at.timestamp(),
        "before": transition.before,
        "after": transition.after,
        "rule": transition.event,
        "actor": transition.actor,
        "reason": transition.reason,
        "trade_id": None if cursor is None else str(cursor.trade_id),
    }


def command_payload(command_request: BotCommand) -> dict[str, Any]:
    """Return a command and its outcome."""
    request = command_request.request
    return {
        "number": command_request.number,
        "time": request.made_at.timestamp(),
        "command": request.command,
        "actor": request.actor,
        "reason": request.reason,
        "answered_at": command_request.answered_at.timestamp()
        if command_request.answered_at
        else None,
        "refusal": command_request.refusal,
    }


def entry_payload(entry: JournalEntry) -> dict[str, Any]:
    """Return a decision with its position on the tape."""
    return {
        "number": entry.sequence,
        "time": entry.made_at.timestamp(),
        "tape_time": entry.effective_at.time.timestamp(),
        "trade_id": str(entry.effective_at.trade_id),
        "decision": _decision(entry),
        "actor": entry.actor,
        "reason": entry.reason,
    }


def version_payload(version: ConfigVersion) -> dict[str, Any]:
    """Return a version with its changes."""
    return {
        "number": version.number,
        "actor": version.actor,
        "reason": version.reason,
        "time": version.made_at.timestamp(),
        "values": flat_values(version.config.model_dump(mode="json")),
        "changes": [
            {"field": one.field, "before": _plain(one.before), "after": _plain(one.after)}
            for one in version.changes
        ],
    }


def curve_payload(detail: BotDetail) -> dict[str, list[float]]:
    """Return equity and drawdown over time, thinned for the screen; every fill is kept.

    It starts with the capital of the first session.
    """
    filled = [(order.time, order.equity) for order in detail.orders if order.filled]
    stride = max(1, len(detail.marks) // POINTS)
    thinned = [(mark.time, mark.equity) for mark in detail.marks[::-stride]]
    points = [*_sessions(detail)[:1], *sorted([*thinned, *filled])]
    equity = [float(amount) for _, amount in points]
    return {
        "time": [time.timestamp() for time, _ in points],
        "equity": equity,
        "drawdown": drawdowns(np.array(equity), equity[0]).round(6).tolist() if equity else [],
    }


def _max_drawdown(detail: BotDetail) -> float | None:
    """Return the maximum drawdown over all marks and fills; None before the first session."""
    starts = _sessions(detail)
    if not starts:
        return None
    (start, _), (_, capital) = starts[0], starts[-1]
    return max_drawdown_since(float(capital), start, detail.changes).fraction


def _newest_config(detail: BotDetail) -> BotConfig:
    """Return the configuration that edits start from: the newest, whichever is in force."""
    return detail.versions[-1].config if detail.versions else detail.fleet_row.config


def _sessions(detail: BotDetail) -> list[tuple[datetime, Decimal]]:
    capitals = {version.number: version.config.capital for version in detail.versions}
    return [
        (entry.effective_at.time, capitals[entry.decision.version])
        for entry in detail.journal
        if isinstance(entry.decision, SessionStarted) and entry.decision.version in capitals
    ]


def _decision(entry: JournalEntry) -> str:
    match entry.decision:
        case SessionStarted(version=version):
            return f"session started, with version {version}"
        case CommandAccepted(command=command):
            return _word(command.name)
        case SessionEnded(flatten=flatten, kill=kill):
            return (
                "killed"
                if kill
                else "session ended flat"
                if flatten
                else "session ended, position kept"
            )
        case UnitsRescaled(scales=scales):
            return f"prices have {scales.price_decimals} decimals from here on"


def _groups(journal: Sequence[JournalEntry]) -> Iterator[Group]:
    return (one.decision.group for one in journal if isinstance(one.decision, SessionStarted))


def _plain(text: str) -> str:
    """Return a JSON value as plain text; "" for null."""
    if not text:
        return ""
    value = json.loads(text)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _word(name: str) -> str:
    return name.replace("_", " ").lower()
