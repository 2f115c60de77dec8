"""The ledger of bots in PostgreSQL: effects and their cursor in one transaction."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from psycopg2.errors import UniqueViolation
from psycopg2.extensions import cursor as Cursor
from sqlalchemy.orm import Session

from bot_manager.errors import LedgerMoved
from bot_manager.journal import JournalEntry
from bot_manager.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.marks import MOST_OF_A_DAY, thin_marks
from bot_manager.ports import GroupMove, LedgerRepository, LedgerStep
from data import Cursor as Place
from database.engine import Database, raw_cursor
from database.repositories import bot_queries
from database.repositories.columns import insert_rows
from database.repositories.ledger_rows import (
    EQUITY_COLUMNS,
    JOURNAL_COLUMNS,
    ORDER_COLUMNS,
    TRANSITION_COLUMNS,
    account_row,
    checkpoint_of_row,
    entry_of_row,
    journal_row,
    mark_of_row,
    mark_row,
    order_of_row,
    order_row,
    spread_rows,
    transition_row,
)
from database.repositories.signal_groups import GroupKeys
from strategies import Group

_INSTANT = timedelta(microseconds=1)


class SqlLedgerRepository(LedgerRepository):
    """The tables `bot_journal`, `bot_order`, `bot_equity`, `bot_account` and `bot_group`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._groups = GroupKeys(database)

    def commit(self, step: LedgerStep) -> None:
        with self._database.session("committing what bots did") as session:
            self._write(session, step)

    def check(self, step: LedgerStep) -> None:
        with self._database.session("trying what bots did") as session:
            self._write(session, step)
            session.rollback()

    def _write(self, session: Session, step: LedgerStep) -> None:
        keys = self._groups.find(session, (move.group for move in step.moves))
        cursor = raw_cursor(session)
        for move in step.moves:
            _move(cursor, keys.get(move.group), move)
        _require_next_numbers(cursor, step)
        with _conflicts():
            _write(cursor, step)

    def cursor(self, group: Group) -> Place | None:
        with self._database.session(f"reading how far {group.strategy} is folded") as session:
            cursor = raw_cursor(session)
            key = self._groups.find(session, [group]).get(group)
            cursor.execute(bot_queries.GROUP, {"key": key})
            row = cursor.fetchone()
        return None if row is None else Place(*row)

    def journal(self, name: str) -> list[JournalEntry]:
        return [entry_of_row(row) for row in self._rows(bot_queries.JOURNAL, bot=name)]

    def checkpoints(self, names: Collection[str]) -> dict[str, Checkpoint]:
        rows = self._rows(bot_queries.ACCOUNTS, bots=list(names))
        return {row[0]: checkpoint_of_row(row) for row in rows}

    def orders(self, name: str, start: datetime, end: datetime) -> list[AccountOrder]:
        rows = self._rows(bot_queries.ORDERS, bot=name, start=start, end=end)
        return [order_of_row(row) for row in rows]

    def equity(self, name: str, start: datetime, end: datetime) -> list[EquityMark]:
        rows = self._rows(bot_queries.EQUITY, bot=name, start=start, end=end)
        return [mark_of_row(row) for row in rows]

    def last_marks(self, names: Collection[str]) -> dict[str, EquityMark]:
        rows = self._rows(bot_queries.LAST_MARKS, bots=list(names))
        return {row[0]: mark_of_row(row) for row in rows}

    def daily_equity(
        self, names: Collection[str], start: datetime, end: datetime
    ) -> dict[str, list[EquityMark]]:
        rows = self._rows(bot_queries.DAILY_EQUITY, bots=list(names), start=start, end=end)
        days: dict[str, list[EquityMark]] = {}
        for row in rows:
            days.setdefault(row[0], []).append(mark_of_row(row))
        return days

    def thin_equity(self, before: datetime) -> int:
        full = self._rows(bot_queries.FULL_DAYS, before=before, most=MOST_OF_A_DAY)
        return sum(self._thin(bot, start, end) for bot, start, end in full)

    def _thin(self, bot: str, start: datetime, end: datetime) -> int:
        """Thin whole days of one bot: [start, end], because midnight ends a day."""
        after, until = start + _INSTANT, end + _INSTANT
        marks = self.equity(bot, after, until)
        kept = {mark.time for mark in thin_marks(marks, self.orders(bot, after, until), end)}
        dropped = [mark.time for mark in marks if mark.time not in kept]
        with self._database.session("thinning equity") as session:
            cursor = raw_cursor(session)
            cursor.execute(bot_queries.DROP_MARKS, {"bot": bot, "times": dropped})
            return cursor.rowcount

    def daily_before(self, names: Collection[str]) -> dict[str, datetime]:
        return dict(self._rows(bot_queries.DAILY_BEFORE, bots=list(names)))

    def _rows(self, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        with self._database.session("reading what bots did") as session:
            cursor = raw_cursor(session)
            cursor.execute(query, parameters)
            return cursor.fetchall()


def _move(cursor: Cursor, key: int | None, move: GroupMove) -> None:
    after, before = (move.after.time, move.after.trade_id), move.before
    if before is None:
        cursor.execute(bot_queries.BEGIN_GROUP, (*after, key))
    else:
        cursor.execute(bot_queries.MOVE_GROUP, (*after, key, before.time, before.trade_id))
    if cursor.rowcount == 0:
        raise LedgerMoved(f"{move.group.strategy} of {move.group.instrument} is not at {before}")


def _require_next_numbers(cursor: Cursor, step: LedgerStep) -> None:
    """Refuse numbers that exist already or leave a gap; locks the bots until the end."""
    numbers = [(row.bot, row.number) for row in step.transitions]
    sequences = [(row.bot, row.sequence) for row in step.entries]
    bots = sorted({bot for bot, _ in [*numbers, *sequences]})
    if not bots:
        return
    cursor.execute(bot_queries.NUMBERS, (bots,))
    stored = {bot: (number, sequence) for bot, number, sequence in cursor.fetchall()}
    _require_in_a_row(numbers, {bot: last for bot, (last, _) in stored.items()}, "transition")
    _require_in_a_row(sequences, {bot: last for bot, (_, last) in stored.items()}, "entry")


def _require_in_a_row(rows: list[tuple[str, int]], last: dict[str, int], kind: str) -> None:
    for bot, number in rows:
        if bot not in last or number != last[bot] + 1:
            raise LedgerMoved(f"bot {bot}: {kind} {number} does not follow {last.get(bot)}")
        last[bot] = number


@contextmanager
def _conflicts() -> Iterator[None]:
    """Convert unique violations: another process wrote these rows."""
    try:
        yield
    except UniqueViolation as error:
        raise LedgerMoved(f"it is written already: {error.diag.constraint_name}") from None


def _write(cursor: Cursor, step: LedgerStep) -> None:
    _answer(cursor, step)
    _answer_all(cursor, step)
    insert_rows(cursor, "bot_journal", JOURNAL_COLUMNS, map(journal_row, step.entries))
    insert_rows(cursor, "bot_transition", TRANSITION_COLUMNS, map(transition_row, step.transitions))
    insert_rows(cursor, "bot_order", ORDER_COLUMNS, map(order_row, step.orders))
    insert_rows(cursor, "bot_equity", EQUITY_COLUMNS, map(mark_row, step.marks))
    if step.checkpoints:
        ordered = sorted(step.checkpoints, key=lambda checkpoint: checkpoint.bot)
        cursor.execute(bot_queries.SAVE_ACCOUNTS, _columns(map(account_row, ordered)))


def _answer(cursor: Cursor, step: LedgerStep) -> None:
    if not step.answers:
        return
    rows = [(a.bot, a.number, a.answered_at, a.refusal) for a in step.answers]
    cursor.execute(bot_queries.ANSWER, _columns(rows))
    if cursor.rowcount != len(step.answers):
        raise LedgerMoved("a command was answered by somebody else")


def _answer_all(cursor: Cursor, step: LedgerStep) -> None:
    for answer in step.fleet_answers:
        row = (answer.answered_at, answer.reached, answer.number)
        cursor.execute(bot_queries.ANSWER_ALL, row)
        if cursor.rowcount == 0:
            raise LedgerMoved("a command to all bots was answered by somebody else")
    if step.spread:
        cursor.execute(bot_queries.SPREAD, _columns(spread_rows(step.spread)))


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
