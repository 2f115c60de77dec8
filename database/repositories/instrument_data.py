"""All stored data of an instrument, in every table, in PostgreSQL."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Table, delete, func, select, update

from data import InstrumentId
from data.ports import InstrumentDataRepository
from database.engine import Database
from database.models import Base, InstrumentRow, SignalGroupRow
from database.repositories.instruments import FACTS
from database.repositories.keys import InstrumentKeys
from database.repositories.locks import lock_late_rows, lock_tape_for_transaction


class SqlInstrumentDataRepository(InstrumentDataRepository):
    """Every table that refers to an instrument or to one of its signal groups."""

    def __init__(self, database: Database, *, claim_wait_s: float = 3.0) -> None:
        self._database = database
        self._keys = InstrumentKeys(database)
        self._claim_wait_s = claim_wait_s

    def stored_rows(self, instrument: InstrumentId) -> dict[str, int]:
        key = self._keys.find(instrument)
        with self._database.session(f"counting what is stored of {instrument}") as session:
            counts = {
                table.name: session.scalar(select(func.count()).select_from(table).where(belongs))
                for table, belongs in _tables(key)
            }
            counts[InstrumentRow.__tablename__] = session.scalar(
                select(func.count()).where(InstrumentRow.id == key, InstrumentRow.kind.is_not(None))
            )
        return {name: rows for name, rows in counts.items() if rows}

    def delete(self, instrument: InstrumentId) -> None:
        key = self._keys.find(instrument)
        with self._database.session(f"deleting what is stored of {instrument}") as session:
            connection = session.connection()
            lock_tape_for_transaction(connection, instrument, self._claim_wait_s)
            lock_late_rows(connection, instrument)
            for table, belongs in _tables(key):
                session.execute(delete(table).where(belongs))
            deleted = dict.fromkeys(FACTS)
            session.execute(update(InstrumentRow).where(InstrumentRow.id == key).values(deleted))


def _tables(key: int | None) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield the tables with the condition for an instrument's rows; referring tables come first."""
    groups = select(SignalGroupRow.id).where(SignalGroupRow.instrument_id == key)
    for table in reversed(Base.metadata.sorted_tables):
        if "instrument_id" in table.c:
            yield table, table.c.instrument_id == key
        elif "group_id" in table.c:
            yield table, table.c.group_id.in_(groups)
