"""Groups, their signals and their skips, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg2.extensions import cursor as Cursor

from database.engine import Database, raw_cursor
from database.repositories import signal_queries
from database.repositories.signal_groups import GroupKeys, group_of
from strategies.errors import WatermarkConflict
from strategies.ports import SignalRepository
from strategies.signals import Direction, Group, Signal
from strategies.status import GroupAdvance, GroupStatus, Skip

_GROUP_COLUMNS = 6


class SqlSignalRepository(SignalRepository):
    """The tables `signal_group`, `signal` and `signal_skip`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = GroupKeys(database)

    def begin(self, group: Group, started_from: datetime) -> GroupStatus:
        self._keys.begin(group, started_from)
        status = self.group(group)
        assert status is not None
        return status

    def commit(self, advances: Sequence[GroupAdvance]) -> None:
        if not advances:
            return
        with self._database.session(f"committing {len(advances)} groups' signals") as session:
            cursor = raw_cursor(session)
            keys = self._keys.find(cursor, (advance.group for advance in advances))
            _advance(cursor, keys, advances)
            _insert(cursor, signal_queries.INSERT_SIGNALS, _signal_rows(keys, advances))
            _insert(cursor, signal_queries.INSERT_SKIPS, _skip_rows(keys, advances))

    def group(self, group: Group) -> GroupStatus | None:
        rows = self._about(group, signal_queries.STATUS_OF_ONE)
        return _status(rows[0]) if rows else None

    def groups(self) -> list[GroupStatus]:
        with self._database.session("reading the groups") as session:
            cursor = raw_cursor(session)
            cursor.execute(signal_queries.STATUS_OF_REQUESTED)
            return sorted(map(_status, cursor.fetchall()), key=lambda status: status.group)

    def signals(self, group: Group, start: datetime, end: datetime) -> list[Signal]:
        rows = self._about(group, signal_queries.SIGNALS, start=start, end=end)
        return [_signal(row) for row in rows]

    def last_signals(self, limit: int, group: Group | None = None) -> list[Signal]:
        if group is not None:
            rows = self._about(group, signal_queries.LAST_SIGNALS_OF, limit=limit)
        else:
            with self._database.session("reading the last signals") as session:
                cursor = raw_cursor(session)
                cursor.execute(signal_queries.LAST_SIGNALS, {"limit": limit})
                rows = cursor.fetchall()
        return [_signal(row) for row in reversed(rows)]

    def skips(self, group: Group, start: datetime, end: datetime) -> list[Skip]:
        rows = self._about(group, signal_queries.SKIPS, start=start, end=end)
        return [_skip(row) for row in rows]

    def _about(self, group: Group, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        operation = f"reading {group.strategy} of {group.instrument} {group.timeframe}"
        with self._database.session(operation) as session:
            cursor = raw_cursor(session)
            key = self._keys.find(cursor, [group]).get(group)
            cursor.execute(query, {"key": key, **parameters})
            return cursor.fetchall()


def _advance(cursor: Cursor, keys: dict[Group, int], advances: Sequence[GroupAdvance]) -> None:
    known = [advance for advance in advances if advance.group in keys]
    columns = (
        [keys[advance.group] for advance in known],
        [advance.evaluated_from for advance in known],
        [advance.evaluated_to for advance in known],
    )
    cursor.execute(signal_queries.ADVANCE, columns)
    if cursor.rowcount != len(advances):
        moved = len(advances) - cursor.rowcount
        raise WatermarkConflict(
            f"{moved} of {len(advances)} groups are not where they were believed"
        )


def _insert(cursor: Cursor, statement: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def _signal_rows(
    keys: dict[Group, int], advances: Sequence[GroupAdvance]
) -> list[tuple[object, ...]]:
    return [
        (
            keys[advance.group], signal.close_time, int(signal.direction), signal.reason,
            signal.window_digest,
        )
        for advance in advances
        for signal in advance.signals
    ]  # fmt: skip


def _skip_rows(
    keys: dict[Group, int], advances: Sequence[GroupAdvance]
) -> list[tuple[object, ...]]:
    return [
        (keys[advance.group], skip.first_close_time, skip.last_close_time, skip.reason)
        for advance in advances
        for skip in advance.skips
    ]


def _status(row: Any) -> GroupStatus:
    times, signal, skip = row[6:8], row[8:12], row[12:15]
    newest = None if signal[0] is None else _signal((*row[:_GROUP_COLUMNS], *signal))
    return GroupStatus(
        group=group_of(row[:_GROUP_COLUMNS]),
        started_from=times[0],
        evaluated_to=times[1],
        target=Direction.FLAT if newest is None else newest.direction,
        last_signal=newest,
        last_skip=None if skip[0] is None else _skip(skip),
        askers=tuple(row[15]),
    )


def _signal(row: Any) -> Signal:
    close_time, direction, reason, digest = row[_GROUP_COLUMNS:]
    return Signal(
        group=group_of(row[:_GROUP_COLUMNS]),
        close_time=close_time,
        direction=Direction(direction),
        reason=reason,
        window_digest=digest,
    )


def _skip(row: Any) -> Skip:
    return Skip(first_close_time=row[0], last_close_time=row[1], reason=row[2])
