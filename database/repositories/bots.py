"""Bots, their configurations and commands, in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from bot_manager.domain.config import read_bot
from bot_manager.domain.lifecycle import BotState, LifecycleEvent, Transition
from bot_manager.domain.ports import BotRepository
from bot_manager.domain.status import (
    BotCommand,
    BotStatus,
    CommandRequest,
    FleetCommand,
    FleetRequest,
)
from bot_manager.domain.versions import ConfigChange, ConfigVersion
from bot_manager.errors import LedgerConflict, NameTaken, UnknownBot, UnreadableVersion
from data import Cursor
from database.engine import Database
from database.models import (
    BotCommandRow,
    BotJournalRow,
    BotRow,
    BotTransitionRow,
    BotVersionRow,
    FleetCommandRow,
)
from database.repositories.rows import change
from utils.codec import decode, encode
from utils.errors import ConfigError

# Built once: building a large statement costs as much as running it.
_version_number = (
    select(func.max(BotVersionRow.number)).where(BotVersionRow.bot == BotRow.name).scalar_subquery()
)
_entries = (
    select(func.max(BotJournalRow.sequence) + 1)
    .where(BotJournalRow.bot == BotRow.name)
    .scalar_subquery()
)
_newest = (
    select(BotTransitionRow.after, BotTransitionRow.number)
    .where(BotTransitionRow.bot == BotRow.name)
    .order_by(BotTransitionRow.number.desc())
    .limit(1)
    .lateral("newest")
)
_explained = (
    select(BotTransitionRow.made_at, BotTransitionRow.reason)
    .where(
        BotTransitionRow.bot == BotRow.name,
        or_(
            BotTransitionRow.before != BotTransitionRow.after,
            BotTransitionRow.rule == LifecycleEvent.WAITS,
        ),
    )
    .order_by(BotTransitionRow.number.desc())
    .limit(1)
    .lateral("explained")
)
_last_desired = (
    select(BotCommandRow.desired_state)
    .where(BotCommandRow.bot == BotRow.name, BotCommandRow.desired_state.is_not(None))
    .order_by(BotCommandRow.number.desc())
    .limit(1)
)
_desired_state = _last_desired.where(
    BotCommandRow.answered_at.is_not(None), BotCommandRow.refusal == ""
).scalar_subquery()
_requested_state = _last_desired.where(BotCommandRow.answered_at.is_(None)).scalar_subquery()
STATUS = (
    select(
        BotRow.name,
        BotRow.created_at,
        _version_number.label("version"),
        _newest.c.after.label("state"),
        _explained.c.made_at.label("since"),
        _explained.c.reason,
        func.coalesce(_newest.c.number, 0).label("transitions"),
        _desired_state.label("desired_state"),
        func.coalesce(_entries, 0).label("entries"),
        _requested_state.label("requested"),
    )
    .select_from(BotRow)
    .join(_newest, true(), isouter=True)
    .join(_explained, true(), isouter=True)
    .order_by(BotRow.name)
)
"""The rows of `status_of_row`, all bots by name."""
_STATUS_OF_ONE = STATUS.where(BotRow.name == bindparam("bot"))

_VERSION = (
    BotVersionRow.bot,
    BotVersionRow.number,
    BotVersionRow.config,
    BotVersionRow.changes,
    BotVersionRow.actor,
    BotVersionRow.reason,
    BotVersionRow.made_at,
)
_COMMAND = (
    BotCommandRow.bot,
    BotCommandRow.number,
    BotCommandRow.command,
    BotCommandRow.actor,
    BotCommandRow.reason,
    BotCommandRow.made_at,
    BotCommandRow.answered_at,
    BotCommandRow.refusal,
)


class SqlBotRepository(BotRepository):
    """The tables `bot`, `bot_version`, `bot_command`, `fleet_command` and `bot_transition`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, version: ConfigVersion) -> None:
        statement = insert(BotRow).values(name=version.bot, created_at=version.made_at)
        with self._database.session(f"creating bot {version.bot}") as session:
            if not change(session, statement.on_conflict_do_nothing()):
                raise NameTaken(version.bot)
            _insert_version(session, version)

    def revise(self, version: ConfigVersion) -> None:
        numbers = select(func.max(BotVersionRow.number)).where(BotVersionRow.bot == version.bot)
        with self._database.session(f"changing bot {version.bot}") as session:
            lock_bot(session, version.bot)
            newest = session.scalars(numbers).one() or 0
            if version.number != newest + 1:
                raise LedgerConflict(f"bot {version.bot}: version {newest} was stored meanwhile")
            _insert_version(session, version)

    def get(self, name: str) -> BotStatus | None:
        with self._database.session(f"reading bot {name}") as session:
            row = session.execute(_STATUS_OF_ONE, {"bot": name}).one_or_none()
        return None if row is None else status_of_row(row)

    def all(self) -> list[BotStatus]:
        with self._database.session("reading the bots") as session:
            return [status_of_row(row) for row in session.execute(STATUS)]

    def versions(self, name: str) -> list[ConfigVersion]:
        statement = select(*_VERSION).where(BotVersionRow.bot == name)
        with self._database.session(f"reading bot {name}") as session:
            rows = session.execute(statement.order_by(BotVersionRow.number))
            return [_version(row) for row in rows]

    def request(self, requests: Sequence[CommandRequest]) -> list[BotCommand]:
        # By name, so that two processes lock in the same order.
        ordered = sorted(requests, key=lambda request: request.bot)
        with self._database.session(f"storing {len(requests)} commands to bots") as session:
            return [_insert_request(session, request) for request in ordered]

    def commands(self, name: str) -> list[BotCommand]:
        statement = select(*_COMMAND).where(BotCommandRow.bot == name)
        with self._database.session(f"reading bot {name}") as session:
            rows = session.execute(statement.order_by(BotCommandRow.number))
            return [_command(row) for row in rows]

    def pending_commands(self) -> list[BotCommand]:
        statement = (
            select(*_COMMAND)
            .where(BotCommandRow.answered_at.is_(None))
            .order_by(BotCommandRow.made_at, BotCommandRow.bot, BotCommandRow.number)
        )
        with self._database.session("reading the commands to bots") as session:
            return [_command(row) for row in session.execute(statement)]

    def newest_versions(self) -> list[ConfigVersion]:
        statement = (
            select(*_VERSION)
            .ext(distinct_on(BotVersionRow.bot))
            .order_by(BotVersionRow.bot, BotVersionRow.number.desc())
        )
        with self._database.session("reading the configurations of bots") as session:
            versions = [_version(row) for row in session.execute(statement)]
        return sorted(versions, key=lambda version: version.bot)

    def request_all(self, request: FleetRequest) -> FleetCommand:
        statement = (
            insert(FleetCommandRow)
            .values(
                command=request.command,
                actor=request.actor,
                reason=request.reason,
                made_at=request.made_at,
                bot_count=0,
            )
            .returning(FleetCommandRow.number)
        )
        with self._database.session("storing a command to all bots") as session:
            number = session.scalars(statement).one()
        return FleetCommand(number=number, request=request)

    def pending_fleet_commands(self) -> list[FleetCommand]:
        statement = select(FleetCommandRow).where(FleetCommandRow.answered_at.is_(None))
        with self._database.session("reading the commands to all bots") as session:
            rows = session.scalars(statement.order_by(FleetCommandRow.number))
            return [_fleet_command(row) for row in rows]

    def transitions(self, name: str) -> list[Transition]:
        statement = select(BotTransitionRow).where(BotTransitionRow.bot == name)
        with self._database.session(f"reading bot {name}") as session:
            rows = session.scalars(statement.order_by(BotTransitionRow.number))
            return [_transition(row) for row in rows]


def lock_bot(session: Session, bot: str) -> None:
    """Lock the numbering of a bot's rows until the transaction ends. Raises UnknownBot."""
    statement = select(BotRow.name).where(BotRow.name == bot).with_for_update(key_share=True)
    if session.scalar(statement) is None:
        raise UnknownBot(bot)


def _insert_version(session: Session, version: ConfigVersion) -> None:
    statement = insert(BotVersionRow).values(
        bot=version.bot,
        number=version.number,
        config=version.config.model_dump(mode="json"),
        changes=encode(version.changes).decode(),
        actor=version.actor,
        reason=version.reason,
        made_at=version.made_at,
    )
    session.execute(statement)


def _insert_request(session: Session, request: CommandRequest) -> BotCommand:
    lock_bot(session, request.bot)
    next_number = select(func.coalesce(func.max(BotCommandRow.number), 0) + 1).where(
        BotCommandRow.bot == request.bot
    )
    statement = (
        insert(BotCommandRow)
        .values(
            bot=request.bot,
            number=next_number.correlate(None).scalar_subquery(),
            command=request.command,
            desired_state=request.desired_state,
            actor=request.actor,
            reason=request.reason,
            made_at=request.made_at,
            refusal="",
        )
        .returning(BotCommandRow.number)
    )
    return BotCommand(number=session.scalars(statement).one(), request=request)


def status_of_row(row: Any) -> BotStatus:
    """Return the bot of a row of STATUS."""
    return BotStatus(
        name=row.name,
        state=BotState(row.state or BotState.CREATED),
        desired_state=BotState(row.desired_state or BotState.CREATED),
        since=row.since or row.created_at,
        reason=row.reason or "",
        version=row.version,
        created_at=row.created_at,
        transitions=row.transitions,
        entries=row.entries,
        requested=BotState(row.requested) if row.requested else None,
    )


def _version(row: Any) -> ConfigVersion:
    """Return a stored version. Raises UnreadableVersion."""
    try:
        config = read_bot(row.config)
    except ConfigError as error:
        problem = f"{error.field} {error.problem}" if error.field else error.problem
        raise UnreadableVersion(row.bot, row.number, problem) from error
    return ConfigVersion(
        number=row.number,
        config=config,
        changes=decode(tuple[ConfigChange, ...], row.changes),
        actor=row.actor,
        reason=row.reason,
        made_at=row.made_at,
    )


def _command(row: Any) -> BotCommand:
    request = CommandRequest(
        bot=row.bot,
        command=LifecycleEvent(row.command),
        actor=row.actor,
        reason=row.reason,
        made_at=row.made_at,
    )
    return BotCommand(
        number=row.number, request=request, answered_at=row.answered_at, refusal=row.refusal
    )


def _transition(row: BotTransitionRow) -> Transition:
    time, trade_id = row.place_time, row.place_trade_id
    return Transition(
        bot=row.bot,
        number=row.number,
        before=BotState(row.before),
        after=BotState(row.after),
        event=LifecycleEvent(row.rule),
        actor=row.actor,
        reason=row.reason,
        made_at=row.made_at,
        cursor=None if time is None or trade_id is None else Cursor(time, trade_id),
    )


def _fleet_command(row: FleetCommandRow) -> FleetCommand:
    request = FleetRequest(
        command=LifecycleEvent(row.command),
        actor=row.actor,
        reason=row.reason,
        made_at=row.made_at,
    )
    return FleetCommand(
        number=row.number, request=request, answered_at=row.answered_at, bot_count=row.bot_count
    )
