"""The ledger of bots in PostgreSQL: effects and their cursor in one transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from psycopg2.errors import UniqueViolation
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Insert,
    Row,
    Select,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot_manager.domain.journal import JournalEntry
from bot_manager.domain.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.domain.ports import CursorAdvance, LedgerRepository, LedgerStep
from bot_manager.errors import LedgerConflict
from bot_manager.verification.marks import MOST_OF_A_DAY, thin_marks
from data import Cursor
from database.engine import Database
from database.models import (
    BotAccountRow,
    BotCommandRow,
    BotEquityRow,
    BotGroupRow,
    BotJournalRow,
    BotOrderRow,
    BotRow,
    BotTransitionRow,
    FleetCommandRow,
)
from database.repositories.ledger_rows import (
    ACCOUNT,
    COMMAND,
    EQUITY,
    JOURNAL,
    ORDER,
    TRANSITION,
    account_row,
    applied_rows,
    checkpoint_of_row,
    entry_of_row,
    journal_row,
    mark_of_row,
    mark_row,
    order_of_row,
    order_row,
    transition_row,
)
from database.repositories.rows import (
    Rows,
    among,
    as_parameters,
    change,
    given_rows,
    insert_given,
    insert_selected,
)
from database.repositories.signal_groups import GroupKeys
from strategies import Group

_INSTANT = timedelta(microseconds=1)
# A mark at a midnight ends the day before it.
_day = func.date_trunc("day", BotEquityRow.time - _INSTANT, type_=DateTime(timezone=True))

# The statements of a turn, built once: a bot manager runs them at every closed candle.
_PLACE = (BotGroupRow.group_id, BotGroupRow.time, BotGroupRow.trade_id)
_BEGIN_GROUPS = insert_given(*_PLACE).on_conflict_do_nothing().returning(BotGroupRow.group_id)
_MOVE = (
    *_PLACE,
    Column("before_time", BotGroupRow.time.type),
    Column("before_trade_id", BotGroupRow.trade_id.type),
)
_moved = given_rows(*_MOVE)
_MOVE_GROUPS = (
    update(BotGroupRow)
    .where(
        BotGroupRow.group_id == _moved.c.group_id,
        BotGroupRow.time == _moved.c.before_time,
        BotGroupRow.trade_id == _moved.c.before_trade_id,
    )
    .values(time=_moved.c.time, trade_id=_moved.c.trade_id)
    .returning(BotGroupRow.group_id)
)
_last_transition = (
    select(func.max(BotTransitionRow.number))
    .where(BotTransitionRow.bot == BotRow.name)
    .scalar_subquery()
)
_last_entry = (
    select(func.max(BotJournalRow.sequence))
    .where(BotJournalRow.bot == BotRow.name)
    .scalar_subquery()
)
_LAST_NUMBERS = (
    select(BotRow.name, func.coalesce(_last_transition, 0), func.coalesce(_last_entry, -1))
    .where(among(BotRow.name, "bots"))
    .order_by(BotRow.name)
    .with_for_update(key_share=True, of=BotRow)
)
_RESULT = (
    BotCommandRow.bot,
    BotCommandRow.number,
    BotCommandRow.answered_at,
    BotCommandRow.refusal,
)
_processed = given_rows(*_RESULT)
_SAVE_RESULTS = (
    update(BotCommandRow)
    .where(
        BotCommandRow.bot == _processed.c.bot,
        BotCommandRow.number == _processed.c.number,
        BotCommandRow.answered_at.is_(None),
    )
    .values(answered_at=_processed.c.answered_at, refusal=_processed.c.refusal)
)
_applied = given_rows(*COMMAND)
_last_command = (
    select(func.max(BotCommandRow.number))
    .where(BotCommandRow.bot == _applied.c.bot)
    .scalar_subquery()
)
_APPLIED = insert_selected(
    COMMAND,
    select(
        _applied.c.bot,
        func.coalesce(_last_command, 0) + _applied.c.number,
        *(_applied.c[column.key] for column in COMMAND[2:]),
    ),
)
_insert_account = insert_given(*ACCOUNT)
_SAVE_ACCOUNTS = _insert_account.on_conflict_do_update(
    index_elements=["bot"],
    set_={name: _insert_account.excluded[name] for name in ("session", "scales", "state")},
)
_INSERT_ENTRIES = insert_given(*JOURNAL)
_INSERT_TRANSITIONS = insert_given(*TRANSITION)
_INSERT_ORDERS = insert_given(*ORDER)
_INSERT_MARKS = insert_given(*EQUITY)

ACCOUNTS = select(*ACCOUNT).where(among(BotAccountRow.bot, "bots"))
"""The accounts of the parameter `bots`."""


class SqlLedgerRepository(LedgerRepository):
    """The tables `bot_journal`, `bot_order`, `bot_equity`, `bot_account` and `bot_group`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._groups = GroupKeys(database)

    def commit(self, step: LedgerStep) -> None:
        with self._database.session("committing a step of bots") as session:
            self._write(session, step)

    def check(self, step: LedgerStep) -> None:
        with self._database.session("trying a step of bots") as session:
            self._write(session, step)
            session.rollback()

    def _write(self, session: Session, step: LedgerStep) -> None:
        keys = self._groups.find(session, (move.group for move in step.moves))
        # No entity takes part in a turn: the connection saves what a session does for them.
        connection = session.connection()
        _move(connection, keys, step.moves)
        _require_next_numbers(connection, step)
        with _conflicts():
            _write(connection, step)

    def cursor(self, group: Group) -> Cursor | None:
        with self._database.session(f"reading the cursor of {group.strategy}") as session:
            key = self._groups.find(session, [group]).get(group)
            statement = select(BotGroupRow.time, BotGroupRow.trade_id)
            row = session.execute(statement.where(BotGroupRow.group_id == key)).one_or_none()
        return None if row is None else Cursor(row.time, row.trade_id)

    def journal(self, name: str) -> list[JournalEntry]:
        statement = select(*JOURNAL).where(BotJournalRow.bot == name)
        return [entry_of_row(row) for row in self._rows(statement.order_by(BotJournalRow.sequence))]

    def checkpoints(self, names: Collection[str]) -> dict[str, Checkpoint]:
        rows = self._rows(ACCOUNTS, {"bots": list(names)})
        return {row.bot: checkpoint_of_row(row) for row in rows}

    def orders(self, name: str, start: datetime, end: datetime) -> list[AccountOrder]:
        statement = (
            select(*ORDER)
            .where(BotOrderRow.bot == name, BotOrderRow.time >= start, BotOrderRow.time < end)
            .order_by(BotOrderRow.sequence)
        )
        return [order_of_row(row) for row in self._rows(statement)]

    def equity(self, name: str, start: datetime, end: datetime) -> list[EquityMark]:
        statement = (
            select(*EQUITY)
            .where(BotEquityRow.bot == name, BotEquityRow.time >= start, BotEquityRow.time < end)
            .order_by(BotEquityRow.time)
        )
        return [mark_of_row(row) for row in self._rows(statement)]

    def unthinned(self, before: datetime) -> list[str]:
        bot = _full_days(before).subquery("full_day").c.bot
        return [row.bot for row in self._rows(select(bot).distinct().order_by(bot))]

    def thin_equity(self, bot: str, before: datetime) -> int:
        full_day = _full_days(before).where(BotEquityRow.bot == bot).subquery("full_day")
        ((first, last),) = self._rows(select(func.min(full_day.c.day), func.max(full_day.c.day)))
        return 0 if first is None else self._thin(bot, first, last + timedelta(days=1))

    def _thin(self, bot: str, start: datetime, end: datetime) -> int:
        """Thin whole days of one bot: [start, end], because midnight ends a day."""
        after, until = start + _INSTANT, end + _INSTANT
        marks = self.equity(bot, after, until)
        kept = {mark.time for mark in thin_marks(marks, self.orders(bot, after, until), end)}
        dropped = [mark.time for mark in marks if mark.time not in kept]
        statement = delete(BotEquityRow).where(
            BotEquityRow.bot == bot, among(BotEquityRow.time, "times")
        )
        with self._database.session("thinning equity") as session:
            return change(session, statement, {"times": dropped})

    def daily_before(self, names: Collection[str]) -> dict[str, datetime]:
        statement = select(BotAccountRow.bot, BotAccountRow.daily_before).where(
            among(BotAccountRow.bot, "bots"), BotAccountRow.daily_before.is_not(None)
        )
        rows = self._rows(statement, {"bots": list(names)})
        return {row.bot: row.daily_before for row in rows}

    def _rows(
        self, statement: Rows, parameters: dict[str, Any] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        with self._database.session("reading the ledger") as session:
            return session.execute(statement, parameters).all()


def _full_days(before: datetime) -> Select[str, datetime]:
    """Return the query of bots and days up to a time that have more marks than thinning keeps."""
    return (
        select(BotEquityRow.bot, _day.label("day"))
        .where(BotEquityRow.time <= before)
        .group_by(BotEquityRow.bot, _day)
        .having(func.count() > MOST_OF_A_DAY)
    )


def _move(
    connection: Connection, keys: Mapping[Group, int], moves: Sequence[CursorAdvance]
) -> None:
    started, moved = [], []
    for move in moves:
        if move.group not in keys:
            raise _has_moved(move)
        place = (keys[move.group], move.after.time, move.after.trade_id)
        if move.before is None:
            started.append(place)
        else:
            moved.append((*place, move.before.time, move.before.trade_id))
    found: set[int] = set()
    if started:
        found.update(connection.scalars(_BEGIN_GROUPS, as_parameters(_PLACE, started)))
    if moved:
        found.update(connection.scalars(_MOVE_GROUPS, as_parameters(_MOVE, moved)))
    for move in moves:
        if keys[move.group] not in found:
            raise _has_moved(move)


def _has_moved(move: CursorAdvance) -> LedgerConflict:
    return LedgerConflict(
        f"{move.group.strategy} of {move.group.instrument} is not at {move.before}"
    )


def _require_next_numbers(connection: Connection, step: LedgerStep) -> None:
    """Refuse numbers that exist already or leave a gap; locks the bots until the end."""
    numbers = [(row.bot, row.number) for row in step.transitions]
    sequences = [(row.bot, row.sequence) for row in step.entries]
    bots = sorted({bot for bot, _ in [*numbers, *sequences]})
    if not bots:
        return
    stored = connection.execute(_LAST_NUMBERS, {"bots": bots}).all()
    _require_in_a_row(numbers, {bot: last for bot, last, _ in stored}, "transition")
    _require_in_a_row(sequences, {bot: last for bot, _, last in stored}, "entry")


def _require_in_a_row(rows: list[tuple[str, int]], last: dict[str, int], kind: str) -> None:
    for bot, number in rows:
        if bot not in last or number != last[bot] + 1:
            raise LedgerConflict(f"bot {bot}: {kind} {number} does not follow {last.get(bot)}")
        last[bot] = number


@contextmanager
def _conflicts() -> Iterator[None]:
    """Convert unique violations: another process wrote these rows."""
    try:
        yield
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        name = error.orig.diag.constraint_name
        raise LedgerConflict(f"it is stored already: {name}") from None


def _write(connection: Connection, step: LedgerStep) -> None:
    _save_results(connection, step)
    _save_fleet_results(connection, step)
    _insert(connection, _INSERT_ENTRIES, JOURNAL, map(journal_row, step.entries))
    _insert(connection, _INSERT_TRANSITIONS, TRANSITION, map(transition_row, step.transitions))
    _insert(connection, _INSERT_ORDERS, ORDER, map(order_row, step.orders))
    _insert(connection, _INSERT_MARKS, EQUITY, map(mark_row, step.marks))
    if step.checkpoints:
        ordered = sorted(step.checkpoints, key=lambda checkpoint: checkpoint.bot)
        connection.execute(_SAVE_ACCOUNTS, as_parameters(ACCOUNT, map(account_row, ordered)))


def _insert(
    connection: Connection,
    statement: Insert,
    columns: tuple[InstrumentedAttribute[Any], ...],
    rows: Iterable[tuple[object, ...]],
) -> None:
    values = list(rows)
    if values:
        connection.execute(statement, as_parameters(columns, values))


def _save_results(connection: Connection, step: LedgerStep) -> None:
    if not step.results:
        return
    rows = [(a.bot, a.number, a.answered_at, a.refusal) for a in step.results]
    saved = connection.execute(_SAVE_RESULTS, as_parameters(_RESULT, rows))
    if saved.rowcount != len(rows):
        raise LedgerConflict("a command was processed by another process")


def _save_fleet_results(connection: Connection, step: LedgerStep) -> None:
    for result in step.fleet_results:
        statement = (
            update(FleetCommandRow)
            .where(FleetCommandRow.number == result.number, FleetCommandRow.answered_at.is_(None))
            .values(answered_at=result.answered_at, bot_count=result.bot_count)
        )
        if not connection.execute(statement).rowcount:
            raise LedgerConflict("a command to all bots was processed by another process")
    if step.applied_commands:
        connection.execute(_APPLIED, as_parameters(COMMAND, applied_rows(step.applied_commands)))
