"""The database's own ids of instruments."""

from collections.abc import Iterable

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data import InstrumentId
from database.engine import Database
from database.models import InstrumentRow


class InstrumentKeys:
    """Reads ids and caches them: they never change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[InstrumentId, int] = {}

    def find(self, instrument: InstrumentId) -> int | None:
        """Return an instrument's id, or None if it has none."""
        if instrument not in self._known:
            with self._database.session(f"reading the key of {instrument}") as session:
                self._known.update(_numbers(session, [instrument]))
        return self._known.get(instrument)

    def ensure(self, instruments: Iterable[InstrumentId]) -> dict[InstrumentId, int]:
        """Return ids, creating missing ones: a name needs no facts.

        New ids are committed before they are used, so that no rollback removes them.
        """
        requested = set(instruments)
        missing = requested - self._known.keys()
        if missing:
            self._known.update(self._create(missing))
        return {instrument: self._known[instrument] for instrument in requested}

    def _create(self, missing: set[InstrumentId]) -> dict[InstrumentId, int]:
        names = ", ".join(sorted(map(str, missing)))
        with self._database.session(f"creating keys of {names}") as session:
            found = _numbers(session, missing)
            new = [{"exchange": i.exchange, "symbol": i.symbol} for i in missing - found.keys()]
            if new:
                session.execute(insert(InstrumentRow).values(new).on_conflict_do_nothing())
                found = _numbers(session, missing)
        return found


def _numbers(session: Session, instruments: Iterable[InstrumentId]) -> dict[InstrumentId, int]:
    names = [(instrument.exchange, instrument.symbol) for instrument in instruments]
    rows = session.execute(
        select(InstrumentRow.exchange, InstrumentRow.symbol, InstrumentRow.id).where(
            tuple_(InstrumentRow.exchange, InstrumentRow.symbol).in_(names)
        )
    )
    return {InstrumentId(exchange, symbol): number for exchange, symbol, number in rows}
