"""Bots, their configurations and commands, in PostgreSQL."""

import json
from collections.abc import Sequence
from typing import Any

from psycopg2.extensions import cursor as Cursor

from bot_manager.config import read_bot
from bot_manager.errors import LedgerMoved, NameTaken, UnknownBot
from bot_manager.lifecycle import BotState, Transition, TransitionRule
from bot_manager.ports import BotRepository
from bot_manager.status import (
    BotCommand,
    BotStatus,
    CommandRequest,
    FleetCommand,
    FleetRequest,
)
from bot_manager.versions import ConfigChange, ConfigVersion
from data import Cursor as Place
from database.engine import Database, raw_cursor
from database.repositories import bot_queries
from utils.codec import decode, encode


class SqlBotRepository(BotRepository):
    """The tables `bot`, `bot_version`, `bot_command`, `fleet_command` and `bot_transition`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, version: ConfigVersion) -> None:
        with self._database.session(f"creating bot {version.bot}") as session:
            cursor = raw_cursor(session)
            cursor.execute(bot_queries.CREATE, (version.bot, version.made_at))
            if cursor.rowcount == 0:
                raise NameTaken(version.bot)
            _insert_version(cursor, version)

    def revise(self, version: ConfigVersion) -> None:
        with self._database.session(f"changing bot {version.bot}") as session:
            cursor = raw_cursor(session)
            _lock(cursor, version.bot)
            cursor.execute(bot_queries.NEWEST_VERSION, (version.bot,))
            (newest,) = cursor.fetchone() or (0,)
            if version.number != newest + 1:
                raise LedgerMoved(f"bot {version.bot}: version {newest} was made meanwhile")
            _insert_version(cursor, version)

    def get(self, name: str) -> BotStatus | None:
        rows = self._rows(f"reading bot {name}", bot_queries.STATUS_OF_ONE, {"bot": name})
        return status_of_row(rows[0]) if rows else None

    def all(self) -> list[BotStatus]:
        return [
            status_of_row(row) for row in self._rows("reading the bots", bot_queries.STATUS_OF_ALL)
        ]

    def versions(self, name: str) -> list[ConfigVersion]:
        rows = self._rows(f"reading bot {name}", bot_queries.VERSIONS, {"bot": name})
        return [_version(row) for row in rows]

    def request(self, requests: Sequence[CommandRequest]) -> list[BotCommand]:
        # By name, so that two processes lock in the same order.
        ordered = sorted(requests, key=lambda request: request.bot)
        with self._database.session(f"asking {len(requests)} things of bots") as session:
            cursor = raw_cursor(session)
            return [_insert_request(cursor, request) for request in ordered]

    def commands(self, name: str) -> list[BotCommand]:
        rows = self._rows(f"reading bot {name}", bot_queries.COMMANDS, {"bot": name})
        return [_command(row) for row in rows]

    def unanswered(self) -> list[BotCommand]:
        rows = self._rows("reading the commands to bots", bot_queries.UNANSWERED)
        return [_command(row) for row in rows]

    def newest_versions(self) -> list[ConfigVersion]:
        rows = self._rows("reading the configurations of bots", bot_queries.NEWEST_VERSIONS)
        return sorted(map(_version, rows), key=lambda version: version.bot)

    def request_all(self, request: FleetRequest) -> FleetCommand:
        with self._database.session("asking something of all bots") as session:
            cursor = raw_cursor(session)
            row = (request.command, request.actor, request.reason, request.made_at)
            cursor.execute(bot_queries.INSERT_FLEET_COMMAND, row)
            (number,) = cursor.fetchone() or (0,)
        return FleetCommand(number=number, request=request)

    def unanswered_to_all(self) -> list[FleetCommand]:
        rows = self._rows("reading the commands to all bots", bot_queries.UNANSWERED_TO_ALL)
        return [_fleet_command(row) for row in rows]

    def transitions(self, name: str) -> list[Transition]:
        rows = self._rows(f"reading bot {name}", bot_queries.TRANSITIONS, {"bot": name})
        return [_transition(row) for row in rows]

    def _rows(
        self, operation: str, query: str, parameters: dict[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        with self._database.session(operation) as session:
            cursor = raw_cursor(session)
            cursor.execute(query, parameters)
            return cursor.fetchall()


def _lock(cursor: Cursor, bot: str) -> None:
    """Lock the numbering of a bot's rows until the transaction ends. Raises UnknownBot."""
    cursor.execute(bot_queries.LOCK, (bot,))
    if cursor.rowcount == 0:
        raise UnknownBot(bot)


def _insert_version(cursor: Cursor, version: ConfigVersion) -> None:
    row = (
        version.bot, version.number, version.config.model_dump_json(),
        encode(version.changes).decode(), version.actor, version.reason, version.made_at,
    )  # fmt: skip
    cursor.execute(bot_queries.INSERT_VERSION, row)


def _insert_request(cursor: Cursor, request: CommandRequest) -> BotCommand:
    _lock(cursor, request.bot)
    row = (
        request.bot, request.command, request.wanted, request.actor, request.reason,
        request.made_at, request.bot,
    )  # fmt: skip
    cursor.execute(bot_queries.INSERT_COMMAND, row)
    (number,) = cursor.fetchone() or (0,)
    return BotCommand(number=number, request=request)


def status_of_row(row: tuple[Any, ...]) -> BotStatus:
    """Return the bot of a row of `STATUS_OF_ALL`."""
    name, created_at, version, state, since, reason, transitions, wanted, entries, requested = row
    return BotStatus(
        name=name,
        state=BotState(state or BotState.CREATED),
        wanted=BotState(wanted or BotState.CREATED),
        since=since or created_at,
        reason=reason or "",
        version=version,
        created_at=created_at,
        transitions=transitions,
        entries=entries,
        requested=BotState(requested) if requested else None,
    )


def _version(row: tuple[Any, ...]) -> ConfigVersion:
    number, config, changes, actor, reason, made_at = row
    return ConfigVersion(
        number=number,
        config=read_bot(config, source="the stored configuration"),
        changes=decode(tuple[ConfigChange, ...], json.dumps(changes)),
        actor=actor,
        reason=reason,
        made_at=made_at,
    )


def _command(row: tuple[Any, ...]) -> BotCommand:
    bot, number, command, actor, reason, made_at, answered_at, refusal = row
    request = CommandRequest(
        bot=bot, command=TransitionRule(command), actor=actor, reason=reason, made_at=made_at
    )
    return BotCommand(number=number, request=request, answered_at=answered_at, refusal=refusal)


def _transition(row: tuple[Any, ...]) -> Transition:
    bot, number, before, after, rule, actor, reason, made_at, place_time, place_trade_id = row
    return Transition(
        bot=bot,
        number=number,
        before=BotState(before),
        after=BotState(after),
        rule=TransitionRule(rule),
        actor=actor,
        reason=reason,
        made_at=made_at,
        place=None if place_time is None else Place(place_time, place_trade_id),
    )


def _fleet_command(row: tuple[Any, ...]) -> FleetCommand:
    number, command, actor, reason, made_at, answered_at, reached = row
    request = FleetRequest(
        command=TransitionRule(command), actor=actor, reason=reason, made_at=made_at
    )
    return FleetCommand(number=number, request=request, answered_at=answered_at, reached=reached)
