"""Holes in PostgreSQL."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from data import Hole, HoleState, IdRange, InstrumentId
from data.errors import RepositoryError
from data.ports import HoleRepository
from database.engine import Database
from database.models import HoleRow, InstrumentRow
from database.repositories.keys import InstrumentKeys

_KEY = ("instrument_id", "first_trade_id", "last_trade_id")


class SqlHoleRepository(HoleRepository):
    """The table `hole`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = InstrumentKeys(database)

    def of(self, instrument: InstrumentId, states: Iterable[HoleState] | None = None) -> list[Hole]:
        key = self._keys.find(instrument)
        statement = select(HoleRow).where(HoleRow.instrument_id == key)
        if states is not None:
            statement = statement.where(HoleRow.state.in_([str(state) for state in states]))
        statement = statement.order_by(HoleRow.first_trade_id, HoleRow.last_trade_id)
        with self._database.session(f"reading holes of {instrument}") as session:
            return [_hole(instrument, row) for row in session.scalars(statement)]

    def counts(self) -> dict[tuple[InstrumentId, HoleState], int]:
        statement = (
            select(InstrumentRow.exchange, InstrumentRow.symbol, HoleRow.state, func.count())
            .join(InstrumentRow, InstrumentRow.id == HoleRow.instrument_id)
            .group_by(InstrumentRow.exchange, InstrumentRow.symbol, HoleRow.state)
        )
        with self._database.session("counting holes") as session:
            return {
                (InstrumentId(exchange, symbol), HoleState(state)): count
                for exchange, symbol, state, count in session.execute(statement)
            }

    def resolve(self, hole: Hole, state: HoleState) -> None:
        operation = f"marking hole {hole.ids} of {hole.instrument} {state}"
        statement = (
            update(HoleRow)
            .where(
                HoleRow.instrument_id == self._keys.find(hole.instrument),
                HoleRow.first_trade_id == hole.ids.first,
                HoleRow.last_trade_id == hole.ids.last,
            )
            .values(state=str(state))
            .returning(HoleRow.state)
        )
        with self._database.session(operation) as session:
            found = session.scalar(statement)
        if found is None:
            raise RepositoryError(f"{operation}: it is not stored")


def declare(
    connection: Connection, keys: Mapping[InstrumentId, int], holes: Iterable[Hole]
) -> None:
    """Store holes; those that are stored already get their new state."""
    statement = insert(HoleRow)
    statement = statement.on_conflict_do_update(
        index_elements=_KEY, set_={"state": statement.excluded.state}
    )
    _insert(connection, statement, keys, holes)


def declare_unless_stored(
    connection: Connection, keys: Mapping[InstrumentId, int], holes: Iterable[Hole]
) -> None:
    """Store holes; those that are stored already stay unchanged."""
    statement = insert(HoleRow).on_conflict_do_nothing(index_elements=_KEY)
    _insert(connection, statement, keys, holes)


def _insert(
    connection: Connection,
    statement: Insert,
    keys: Mapping[InstrumentId, int],
    holes: Iterable[Hole],
) -> None:
    # One row per key: a statement cannot update a row twice, and the last state counts.
    newest = {(hole.instrument, hole.ids): hole for hole in holes}
    values = [
        {
            "instrument_id": keys[hole.instrument],
            "first_trade_id": hole.ids.first,
            "last_trade_id": hole.ids.last,
            "state": str(hole.state),
            "after_time": hole.after_time,
            "before_time": hole.before_time,
            "detected_at": hole.detected_at,
        }
        for hole in newest.values()
    ]
    if values:
        connection.execute(statement, values)


def _hole(instrument: InstrumentId, row: HoleRow) -> Hole:
    return Hole(
        instrument=instrument,
        ids=IdRange(row.first_trade_id, row.last_trade_id),
        state=HoleState(row.state),
        after_time=row.after_time,
        before_time=row.before_time,
        detected_at=row.detected_at,
    )
