"""Read the ends of tapes, and advance them in the transaction that writes the rows."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Boolean, Connection, and_, delete, literal_column, or_, select
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningInsert

from data import Cursor, InstrumentId, TapeBatch
from data.errors import RepositoryError
from data.market.seals import TapeSealer
from database.engine import cursor_of
from database.models import TapeEndRow, TradeRow
from database.repositories.locks import lock_late_rows
from database.repositories.rows import as_parameters, given_rows, insert_selected
from database.repositories.tape_seals import unseal_late
from database.repositories.trade_rows import late_from_id

_END = (
    TapeEndRow.instrument_id,
    TapeEndRow.first_time,
    TapeEndRow.first_trade_id,
    TapeEndRow.time,
    TapeEndRow.trade_id,
    TapeEndRow.seal_after_id,
    TapeEndRow.seal_previous,
    TapeEndRow.seal_digest,
)
_MOVED = ("time", "trade_id", "seal_after_id", "seal_previous", "seal_digest")


def _advance() -> ReturningInsert[int, bool]:
    """Return the statement for all tapes; one that does not follow its tape's end returns no row.

    With a row it returns whether the tape started.
    """
    given, before = given_rows(*_END), aliased(TapeEndRow)
    follows = and_(before.trade_id < given.c.first_trade_id, before.time <= given.c.first_time)
    statement = insert_selected(
        _END,
        select(*given.c)
        .select_from(given)
        .join(before, before.instrument_id == given.c.instrument_id, isouter=True)
        .where(or_(before.trade_id.is_(None), follows)),
    )
    statement = statement.on_conflict_do_update(
        index_elements=["instrument_id"],
        set_={name: statement.excluded[name] for name in _MOVED},
    )
    # A system column, which no model has: 0 in a row that was inserted.
    return statement.returning(TapeEndRow.instrument_id, literal_column("xmax = 0", Boolean))


_ADVANCE = _advance()
_dialect = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_prepared = _ADVANCE.compile(dialect=_dialect)
_places = ", ".join(["%s"] * len(_prepared.positiontup or ()))

# Planning costs more than running it, so a writer prepares it, and saves the round trip of BEGIN:
# ADR 0010 has the figures.
PREPARE_ADVANCE = f"SET plan_cache_mode = force_generic_plan; PREPARE advance AS {_prepared}"
_BEGIN_AND_ADVANCE = f"BEGIN; EXECUTE advance ({_places})"


class TapeExtent(NamedTuple):
    """The span that a transaction adds to a tape; ids include those that merged rows cover."""

    first_time: datetime
    first_id: int
    last_time: datetime
    last_id: int

    @classmethod
    def of(cls, batch: TapeBatch) -> "TapeExtent":
        """Return the span of a batch."""
        first, last = batch.trades[0], batch.trades[-1]
        return cls(first.time, first.first_id, last.time, last.trade_id)


def read_end(connection: Connection, key: int | None) -> Cursor | None:
    """Return the last trade of a tape."""
    statement = select(TapeEndRow.time, TapeEndRow.trade_id).where(TapeEndRow.instrument_id == key)
    row = connection.execute(statement).one_or_none()
    return None if row is None else Cursor(row.time, row.trade_id)


def extents_of(batches: Iterable[TapeBatch]) -> dict[InstrumentId, TapeExtent]:
    """Return the extent that batches add to each tape. Raises RepositoryError if out of order."""
    extents: dict[InstrumentId, TapeExtent] = {}
    for batch in batches:
        extent, before = TapeExtent.of(batch), extents.get(batch.instrument)
        if before is not None:
            if extent.first_id <= before.last_id or extent.first_time < before.last_time:
                raise _refusal(batch.instrument, extent, Cursor(before.last_time, before.last_id))
            extent = TapeExtent(
                before.first_time, before.first_id, extent.last_time, extent.last_id
            )
        extents[batch.instrument] = extent
    return extents


def advance_ends(
    connection: Connection,
    keys: Mapping[InstrumentId, int],
    extents: Mapping[InstrumentId, TapeExtent],
    sealers: Mapping[InstrumentId, TapeSealer],
) -> None:
    """Advance the ends of tapes, with the open links of their seals, which cover the extents.

    Raises RepositoryError for an extent that is not after its tape's end.

    A tape that starts adopts its later trades: rows stored as late at or after its first id are
    deleted, because they come again, on the tape.
    """
    rows = connection.execute(_ADVANCE, _parameters(keys, extents, sealers))
    _finish(connection, keys, extents, {key: began for key, began in rows})


def begin_and_advance_ends(
    connection: Connection,
    keys: Mapping[InstrumentId, int],
    extents: Mapping[InstrumentId, TapeExtent],
    sealers: Mapping[InstrumentId, TapeSealer],
) -> None:
    """Begin a transaction and do as `advance_ends`, by the statement of PREPARE_ADVANCE."""
    parameters = _parameters(keys, extents, sealers)
    cursor = cursor_of(connection)
    cursor.execute(_BEGIN_AND_ADVANCE, [parameters[name] for name in _prepared.positiontup or ()])
    _finish(connection, keys, extents, dict(cursor.fetchall()))


def _parameters(
    keys: Mapping[InstrumentId, int],
    extents: Mapping[InstrumentId, TapeExtent],
    sealers: Mapping[InstrumentId, TapeSealer],
) -> dict[str, list[object]]:
    links = ((name, extent, sealers[name].open) for name, extent in extents.items())
    return as_parameters(
        _END,
        ((keys[name], *extent, link.after_id, link.previous, link.digest)
         for name, extent, link in links),
    )  # fmt: skip


def _finish(
    connection: Connection,
    keys: Mapping[InstrumentId, int],
    extents: Mapping[InstrumentId, TapeExtent],
    began: Mapping[int, bool],
) -> None:
    for instrument, extent in extents.items():
        key = keys[instrument]
        if key not in began:
            raise _refusal(instrument, extent, read_end(connection, key))
        if began[key]:
            _adopt_late_rows(connection, instrument, key, extent)


def _adopt_late_rows(
    connection: Connection, instrument: InstrumentId, key: int, extent: TapeExtent
) -> None:
    lock_late_rows(connection, instrument)
    late = late_from_id(connection, instrument, key, extent.first_id)
    connection.execute(
        delete(TradeRow).where(TradeRow.instrument_id == key, TradeRow.trade_id >= extent.first_id)
    )
    unseal_late(connection, key, late)


def _refusal(instrument: InstrumentId, extent: TapeExtent, end: Cursor | None) -> RepositoryError:
    shown = "nothing" if end is None else f"{end.trade_id} at {end.time.isoformat()}"
    return RepositoryError(
        f"{instrument}: trade {extent.first_id} at {extent.first_time.isoformat()} does not follow "
        f"the tape's end {shown}; start again from the stored end"
    )
