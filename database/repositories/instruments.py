"""Instruments in PostgreSQL."""

from collections.abc import Iterable

from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import insert

from data import Instrument, InstrumentId, InstrumentKind, InstrumentState
from data.ports import InstrumentRepository
from database.engine import Database
from database.models import CoverageRow, InstrumentRow, TapeEndRow

FACTS = (
    "kind", "state", "base", "quote", "price_step", "size_step", "min_size", "contract_value",
    "contract_currency", "inverse",
)  # fmt: skip


class SqlInstrumentRepository(InstrumentRepository):
    """The table `instrument`; rows whose facts are not known yet are left out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, instruments: Iterable[Instrument]) -> None:
        # By name, so that two processes lock in the same order.
        values = [_values(instrument) for instrument in sorted(instruments, key=lambda i: i.id)]
        if not values:
            return
        statement = insert(InstrumentRow)
        statement = statement.on_conflict_do_update(
            index_elements=["exchange", "symbol"],
            set_={name: statement.excluded[name] for name in FACTS},
        )
        with self._database.session(f"saving {len(values)} instruments") as session:
            session.execute(statement, values)

    def get(self, instrument: InstrumentId) -> Instrument | None:
        with self._database.session(f"reading instrument {instrument}") as session:
            row = session.scalar(
                select(InstrumentRow).where(
                    InstrumentRow.exchange == instrument.exchange,
                    InstrumentRow.symbol == instrument.symbol,
                    InstrumentRow.kind.is_not(None),
                )
            )
            return None if row is None else _instrument(row)

    def all(self, exchange: str | None = None) -> list[Instrument]:
        statement = select(InstrumentRow).where(InstrumentRow.kind.is_not(None))
        if exchange is not None:
            statement = statement.where(InstrumentRow.exchange == exchange)
        with self._database.session("reading instruments") as session:
            found = [_instrument(row) for row in session.scalars(statement)]
        # Sorted here: the database may use another collation.
        return sorted(found, key=lambda instrument: instrument.id)

    def names(self) -> list[InstrumentId]:
        statement = select(InstrumentRow.exchange, InstrumentRow.symbol).where(
            or_(
                InstrumentRow.kind.is_not(None),
                exists().where(TapeEndRow.instrument_id == InstrumentRow.id),
                exists().where(CoverageRow.instrument_id == InstrumentRow.id),
            )
        )
        with self._database.session("reading the names of instruments") as session:
            return sorted(InstrumentId(*row) for row in session.execute(statement))


def _values(instrument: Instrument) -> dict[str, object]:
    facts = {name: getattr(instrument, name) for name in FACTS}
    return {"exchange": instrument.id.exchange, "symbol": instrument.id.symbol, **facts}


def _instrument(row: InstrumentRow) -> Instrument:
    facts = {name: getattr(row, name) for name in FACTS}
    facts["kind"], facts["state"] = InstrumentKind(row.kind or ""), InstrumentState(row.state or "")
    return Instrument(id=InstrumentId(row.exchange, row.symbol), **facts)
