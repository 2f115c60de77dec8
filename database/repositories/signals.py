"""Groups, their signals and their skips, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    DateTime,
    Row,
    Text,
    bindparam,
    exists,
    func,
    select,
    true,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from database.engine import Database
from database.models import (
    InstrumentRow,
    SignalGroupRow,
    SignalRequestRow,
    SignalRow,
    SignalSkipRow,
)
from database.repositories.rows import Rows, as_parameters, change, given_rows, insert_given
from database.repositories.signal_groups import GROUP, GroupKeys, group_of
from strategies.errors import WatermarkConflict
from strategies.group_progress import GroupAdvance, GroupStatus, Skip
from strategies.ports import SignalRepository
from strategies.signals import Direction, Group, Signal

_SIGNAL = (SignalRow.close_time, SignalRow.direction, SignalRow.reason, SignalRow.window_digest)
_SKIP = (SignalSkipRow.first_close_time, SignalSkipRow.last_close_time, SignalSkipRow.reason)

# Built once: building a large statement costs as much as running it.
_newest = (
    select(*_SIGNAL)
    .where(SignalRow.group_id == SignalGroupRow.id)
    .order_by(SignalRow.close_time.desc())
    .limit(1)
    .lateral("newest")
)
_skipped = (
    select(*_SKIP)
    .where(SignalSkipRow.group_id == SignalGroupRow.id)
    .order_by(SignalSkipRow.first_close_time.desc())
    .limit(1)
    .lateral("skipped")
)
_requesters = (
    select(SignalRequestRow.requester)
    .where(SignalRequestRow.group_id == SignalGroupRow.id)
    .order_by(SignalRequestRow.requester)
    .scalar_subquery()
)
_STATUS = (
    select(
        *GROUP,
        SignalGroupRow.started_from,
        SignalGroupRow.evaluated_to,
        *_newest.c,
        *_skipped.c,
        func.array(_requesters, type_=ARRAY(Text)),
    )
    .join(InstrumentRow, InstrumentRow.id == SignalGroupRow.instrument_id)
    .join(_newest, true(), isouter=True)
    .join(_skipped, true(), isouter=True)
)
_STATUS_OF_ONE = _STATUS.where(SignalGroupRow.id == bindparam("key"))
_STATUS_OF_REQUESTED = _STATUS.where(exists().where(SignalRequestRow.group_id == SignalGroupRow.id))

_SIGNALS = (
    select(*GROUP, *_SIGNAL)
    .join(SignalGroupRow, SignalGroupRow.id == SignalRow.group_id)
    .join(InstrumentRow, InstrumentRow.id == SignalGroupRow.instrument_id)
)

_ADVANCE = (
    SignalGroupRow.id,
    Column("evaluated_from", DateTime(timezone=True)),
    SignalGroupRow.evaluated_to,
)
_NEW_SIGNAL = (SignalRow.group_id, *_SIGNAL)
_NEW_SKIP = (SignalSkipRow.group_id, *_SKIP)


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
            keys = self._keys.find(session, (advance.group for advance in advances))
            _advance(session, keys, advances)
            _insert(session, _NEW_SIGNAL, _signal_rows(keys, advances))
            _insert(session, _NEW_SKIP, _skip_rows(keys, advances))

    def group(self, group: Group) -> GroupStatus | None:
        rows = self._about(group, _STATUS_OF_ONE)
        return _status(rows[0]) if rows else None

    def groups(self) -> list[GroupStatus]:
        with self._database.session("reading the groups") as session:
            rows = session.execute(_STATUS_OF_REQUESTED)
            return sorted(map(_status, rows), key=lambda status: status.group)

    def signals(self, group: Group, start: datetime, end: datetime) -> list[Signal]:
        statement = _SIGNALS.where(
            SignalRow.group_id == bindparam("key"),
            SignalRow.close_time >= start,
            SignalRow.close_time < end,
        )
        return [
            _signal(row) for row in self._about(group, statement.order_by(SignalRow.close_time))
        ]

    def last_signals(self, limit: int, group: Group | None = None) -> list[Signal]:
        newest_first = (SignalRow.close_time.desc(), SignalRow.group_id.desc())
        statement: Rows = _SIGNALS.order_by(*newest_first).limit(limit)
        rows: Sequence[Row[*tuple[Any, ...]]]
        if group is not None:
            statement = statement.where(SignalRow.group_id == bindparam("key"))
            rows = self._about(group, statement)
        else:
            with self._database.session("reading the last signals") as session:
                rows = session.execute(statement).all()
        return [_signal(row) for row in reversed(rows)]

    def skips(self, group: Group, start: datetime, end: datetime) -> list[Skip]:
        statement = (
            select(*_SKIP)
            .where(
                SignalSkipRow.group_id == bindparam("key"),
                SignalSkipRow.last_close_time >= start,
                SignalSkipRow.first_close_time < end,
            )
            .order_by(SignalSkipRow.first_close_time)
        )
        return [_skip(row) for row in self._about(group, statement)]

    def _about(self, group: Group, statement: Rows) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return the rows of a statement about a group, whose id is the parameter `key`."""
        operation = f"reading {group.strategy} of {group.instrument} {group.timeframe}"
        with self._database.session(operation) as session:
            key = self._keys.find(session, [group]).get(group)
            return session.execute(statement, {"key": key}).all()


def _advance(session: Session, keys: Mapping[Group, int], advances: Sequence[GroupAdvance]) -> None:
    given = given_rows(*_ADVANCE)
    statement = (
        update(SignalGroupRow)
        .where(
            SignalGroupRow.id == given.c.id,
            SignalGroupRow.evaluated_to == given.c.evaluated_from,
        )
        .values(evaluated_to=given.c.evaluated_to)
    )
    rows = [
        (keys[advance.group], advance.evaluated_from, advance.evaluated_to)
        for advance in advances
        if advance.group in keys
    ]
    advanced = change(session, statement, as_parameters(_ADVANCE, rows))
    if advanced != len(advances):
        raise WatermarkConflict(
            f"{len(advances) - advanced} of {len(advances)} groups are not at the expected position"
        )


def _insert(
    session: Session,
    columns: tuple[InstrumentedAttribute[Any], ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    if rows:
        session.execute(insert_given(*columns), as_parameters(columns, rows))


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


def _status(row: Sequence[Any]) -> GroupStatus:
    group, times = group_of(row[:6]), row[6:8]
    signal, skip, requesters = row[8:12], row[12:15], row[15]
    newest = None if signal[0] is None else _signal((*row[:6], *signal))
    return GroupStatus(
        group=group,
        started_from=times[0],
        evaluated_to=times[1],
        target=Direction.FLAT if newest is None else newest.direction,
        last_signal=newest,
        last_skip=None if skip[0] is None else _skip(skip),
        requesters=tuple(requesters),
    )


def _signal(row: Sequence[Any]) -> Signal:
    close_time, direction, reason, digest = row[len(GROUP) :]
    return Signal(
        group=group_of(row[: len(GROUP)]),
        close_time=close_time,
        direction=Direction(direction),
        reason=reason,
        window_digest=digest,
    )


def _skip(row: Sequence[Any]) -> Skip:
    first_close_time, last_close_time, reason = row
    return Skip(first_close_time=first_close_time, last_close_time=last_close_time, reason=reason)
