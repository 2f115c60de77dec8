"""A bot as a row of the fleet's table: a stable part, and a part that moves with the price.

Pure. Money becomes inexact here: floats, in quote currency.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bot_manager.domain.lifecycle import MANAGED_STATES, BotState, allowed_commands
from bot_manager.reporting.fleet import FleetRow, RoundTripCount
from bot_manager.reporting.valuation import Valuation, value_account
from bot_manager.trading import Halt
from dashboard.features.bots.last_event import last_event
from dashboard.forms.config_form import format_parameters

Row = dict[str, Any]


def row_of(fleet_row: FleetRow, price: Decimal | None = None) -> Row:
    """Return a bot's complete row; `price`: the newest of its instrument, if known."""
    status, config, event = fleet_row.status, fleet_row.config, last_event(fleet_row)
    return {
        "name": status.name,
        "state": status.state,
        "desired_state": status.requested_state,
        "since": status.since.timestamp(),
        "started_at": _started_at(fleet_row),
        "reason": status.reason,
        "version": fleet_row.version,
        "next_version": status.version if status.version != fleet_row.version else None,
        "allowed_commands": allowed_commands(status.state),
        "is_active": status.state in MANAGED_STATES,
        "strategy": config.strategy,
        "parameters": format_parameters(config.parameters),
        "instrument": config.instrument,
        "currency": config.instrument_id.quote,
        "timeframe": config.timeframe,
        "drawdown_limit": _number(config.protections.max_drawdown),
        "fills_today": fleet_row.fills_since,
        "last_event": event.text,
        "last_event_detail": event.full_text,
        "last_event_at": event.time.timestamp() if event.time is not None else None,
        "degraded_reason": event.degraded_reason,
        "next_step": event.next_step,
        **moving_of(fleet_row, price),
    }


def moving_of(fleet_row: FleetRow, price: Decimal | None = None) -> Row:
    """Return the part of a row that moves with the price.

    A bot that is not active is valued at the last print that it processed.
    """
    if fleet_row.checkpoint is None:
        return _unopened(fleet_row, price)
    is_active = fleet_row.status.state in MANAGED_STATES
    worth = value_account(fleet_row.checkpoint, price if is_active else None)
    halt = Halt(fleet_row.checkpoint.state["halted"])
    halted = "" if halt is Halt.NONE else halt.name.replace("_", " ").lower()
    return {
        "name": fleet_row.status.name,
        "halted": halted,
        **_moving(worth, worth.profit - fleet_row.profit_before),
    }


def round_trip_fields(count: RoundTripCount) -> Row:
    """Return the fields of a row on the closed round trips of a bot since its first session."""
    return {
        "round_trips": count.closed,
        "win_rate": count.won / count.closed if count.closed else None,
    }


def totals_of(rows: Iterable[Row]) -> dict[str, Any]:
    """Return the fleet as one line: how many are in which state, and their money by currency.

    Money of different quote currencies is never added: `money` is a list of sums, the currency of
    most bots first.
    """
    kept = [row for row in rows if row["state"] != BotState.ARCHIVED]
    states = [row["state"] for row in kept]
    worst = max(kept, key=lambda row: row["drawdown"], default=None)
    return {
        "bots": len(kept),
        "running": states.count(BotState.RUNNING),
        "warming_up": states.count(BotState.WARMING_UP),
        "paused": states.count(BotState.PAUSED),
        "stopped": sum(
            state in (BotState.STOPPED, BotState.STOPPING, BotState.CREATED) for state in states
        ),
        "degraded": states.count(BotState.DEGRADED),
        "failed": states.count(BotState.FAILED),
        "money": _money(kept),
        "drawdown": worst["drawdown"] if worst else 0.0,
        "worst_bot": worst["name"] if worst and worst["drawdown"] > 0 else "",
    }


def _money(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the sums of each quote currency."""
    by_currency: dict[str, list[Row]] = {}
    for row in rows:
        by_currency.setdefault(row["currency"], []).append(row)
    return [
        {
            "currency": currency,
            "bots": len(same),
            "equity": sum(row["equity"] for row in same),
            "profit_today": sum(row["profit_today"] for row in same),
            "total_profit": sum(row["total_profit"] for row in same),
            "exposure": sum(abs(row["exposure"]) for row in same),
        }
        for currency, same in sorted(by_currency.items(), key=lambda one: (-len(one[1]), one[0]))
    ]


def _moving(worth: Valuation, day_profit: Decimal) -> Row:
    day_began = worth.equity - day_profit
    return {
        "price": float(worth.price),
        "capital": float(worth.capital),
        "equity": float(worth.equity),
        "position": float(worth.position),
        "exposure": float(worth.exposure),
        "entry": _number(worth.entry),
        "entry_at": worth.entry_time.timestamp() if worth.entry_time else None,
        "stop": _number(worth.stop),
        "target": _number(worth.take_profit),
        "unrealised": float(worth.unrealised),
        "realised": float(worth.realised),
        "fees": float(worth.fees),
        "profit_today": float(day_profit),
        "return_today": float(day_profit / day_began) if day_began > 0 else None,
        "total_profit": float(worth.profit),
        "total_return": float(worth.profit / worth.capital) if worth.capital else None,
        "drawdown": float(worth.drawdown),
    }


def _unopened(fleet_row: FleetRow, price: Decimal | None) -> Row:
    # A bot that cannot trade has no capital in use: it adds nothing to the fleet's.
    capital = float(fleet_row.config.capital) if fleet_row.is_instrument_known else 0.0
    zeros = (
        "position",
        "exposure",
        "unrealised",
        "realised",
        "fees",
        "profit_today",
        "total_profit",
        "drawdown",
    )
    nothing = ("entry", "entry_at", "stop", "target", "return_today", "total_return")
    return {
        "name": fleet_row.status.name,
        "halted": "",
        "price": _number(price),
        "capital": capital,
        "equity": capital,
        **dict.fromkeys(zeros, 0.0),
        **dict.fromkeys(nothing, None),
    }


def _started_at(fleet_row: FleetRow) -> float | None:
    is_active = fleet_row.status.state in MANAGED_STATES
    return fleet_row.started_at.timestamp() if is_active and fleet_row.started_at else None


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
