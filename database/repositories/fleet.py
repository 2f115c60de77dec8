"""Queries over all bots in PostgreSQL: a fixed number of statements for any number of bots."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from psycopg2.extensions import cursor as Cursor

from bot_manager.config import BotConfig, readable_part
from bot_manager.fleet import (
    FleetRepository,
    FleetRow,
    ProfitChange,
    RoundTripCount,
    SessionCapital,
)
from bot_manager.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.lifecycle import MANAGED_STATES, BotState
from bot_manager.status import BotStatus
from database.engine import Database, raw_cursor
from database.repositories import bot_queries, fleet_queries
from database.repositories.bots import status_of_row
from database.repositories.ledger_rows import checkpoint_of_row, mark_of_row, order_of_row


class SqlFleetRepository(FleetRepository):
    """Reads over the tables of bots."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def figures(self, since: datetime, names: Collection[str] | None = None) -> list[FleetRow]:
        with self._database.session("reading the fleet") as session:
            cursor = raw_cursor(session)
            statuses = [status_of_row(row) for row in _rows(cursor, bot_queries.STATUS_OF_ALL)]
            if names is not None:
                statuses = [status for status in statuses if status.name in names]
            parameters = {
                "bots": [status.name for status in statuses],
                "running": [status.state in MANAGED_STATES for status in statuses],
                "since": since,
            }
            configs = _configs(cursor, parameters)
            accounts = _accounts(cursor, parameters)
            fills = dict(_rows(cursor, fleet_queries.FILLS_SINCE, parameters))
            gained = dict(_rows(cursor, fleet_queries.PROFIT_BEFORE, parameters))
            last = _last_orders(cursor, parameters)
            started = dict(_rows(cursor, fleet_queries.LAST_STARTS, parameters))
            known = {name for (name,) in _rows(cursor, fleet_queries.INSTRUMENTS)}
        return [
            FleetRow(
                status=_failed(status, problem) if problem else status,
                config=config,
                version=version,
                profit_before=gained.get(status.name, Decimal(0)),
                checkpoint=accounts.get(status.name),
                fills_since=fills.get(status.name, 0),
                last_order=last.get(status.name),
                started_at=started.get(status.name),
                is_instrument_known=config.instrument in known,
            )
            for status in statuses
            for version, config, problem in [configs[status.name]]
        ]

    def equity(self, start: datetime, end: datetime, step: timedelta) -> list[EquityMark]:
        span = {"start": start, "end": end, "step": step}
        return [mark_of_row(row) for row in self._read(fleet_queries.EQUITY, span)]

    def fills(self, start: datetime, end: datetime) -> list[AccountOrder]:
        span = {"start": start, "end": end}
        return [order_of_row(row) for row in self._read(fleet_queries.FILLS, span)]

    def closed_round_trips(self, behind: Mapping[str, int]) -> dict[str, RoundTripCount]:
        parameters = {"bots": list(behind), "behind": list(behind.values())}
        rows = self._read(fleet_queries.CLOSED_ROUND_TRIPS, parameters)
        return {
            bot: RoundTripCount(closed=closed, won=won, last_exit=last)
            for bot, closed, won, last in rows
        }

    def profit_changes(
        self, names: Collection[str], start: datetime, end: datetime
    ) -> list[ProfitChange]:
        span = {"bots": list(names), "start": start, "end": end}
        rows = self._read(fleet_queries.PROFIT_CHANGES, span)
        return [ProfitChange(time=time, change=change) for time, change in rows]

    def paid_in(self) -> list[SessionCapital]:
        rows = self._read(fleet_queries.PAID_IN, {})
        return [
            SessionCapital(bot=bot, session=session, time=time, capital=capital)
            for bot, session, time, capital in rows
        ]

    def _read(self, query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        with self._database.session("reading the fleet") as session:
            return _rows(raw_cursor(session), query, parameters)


def _rows(
    cursor: Cursor, query: str, parameters: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    cursor.execute(query, parameters)
    return cursor.fetchall()


def _configs(cursor: Cursor, parameters: dict[str, Any]) -> dict[str, tuple[int, BotConfig, str]]:
    """Return the versions in force, each with the reason if it cannot be read completely."""
    configs = {}
    for bot, number, stored in _rows(cursor, fleet_queries.CONFIGS, parameters):
        source = f"the stored configuration of {bot}"
        config, error = readable_part(bot, stored, source=source)
        configs[bot] = number, config, "" if error is None else str(error)
    return configs


def _failed(status: BotStatus, problem: str) -> BotStatus:
    """Return the status of a bot that cannot start, whatever its stored state."""
    if status.state is BotState.ARCHIVED:
        return status
    return msgspec.structs.replace(status, state=BotState.FAILED, reason=problem)


def _accounts(cursor: Cursor, parameters: dict[str, Any]) -> dict[str, Checkpoint]:
    return {
        row[0]: checkpoint_of_row(row) for row in _rows(cursor, bot_queries.ACCOUNTS, parameters)
    }


def _last_orders(cursor: Cursor, parameters: dict[str, Any]) -> dict[str, AccountOrder]:
    return {
        row[0]: order_of_row(row) for row in _rows(cursor, fleet_queries.LAST_ORDERS, parameters)
    }
