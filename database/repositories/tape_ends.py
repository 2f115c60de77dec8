"""Read the ends of tapes, and advance them in the transaction that writes the rows."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from psycopg2.extensions import cursor as SqlCursor

from data import Cursor, InstrumentId, TapeBatch
from data.errors import RepositoryError
from data.market.seals import TapeSealer
from database.repositories.locks import lock_late_rows
from database.repositories.tape_seals import unseal_late
from database.repositories.trade_rows import late_from_id

_END = "SELECT time, trade_id FROM tape_end WHERE instrument_id = %s"

# One statement for all tapes. A batch that does not follow its tape's end returns no row.
_ADVANCE = """
    INSERT INTO tape_end AS stored ({columns})
    SELECT piece.*
    FROM unnest({}::int[], {}::timestamptz[], {}::bigint[], {}::timestamptz[], {}::bigint[],
                {}::bigint[], {}::bytea[], {}::bytea[])
         AS piece({columns})
    LEFT JOIN tape_end AS before USING (instrument_id)
    WHERE before.trade_id IS NULL
       OR (before.trade_id < piece.first_trade_id AND before.time <= piece.first_time)
    ON CONFLICT (instrument_id) DO UPDATE
    SET time = excluded.time, trade_id = excluded.trade_id, seal_after_id = excluded.seal_after_id,
        seal_previous = excluded.seal_previous, seal_digest = excluded.seal_digest
    RETURNING instrument_id, xmax = 0 AS began
"""
_COLUMNS = (
    "instrument_id, first_time, first_trade_id, time, trade_id, seal_after_id, seal_previous, "
    "seal_digest"
)
ADVANCE = _ADVANCE.format(*["%s"] * 8, columns=_COLUMNS)

# Planning costs more than running it, so a writer prepares it, and saves the round trip of BEGIN.
PREPARE_ADVANCE = f"""
    SET plan_cache_mode = force_generic_plan;
    PREPARE advance (int[], timestamptz[], bigint[], timestamptz[], bigint[], bigint[], bytea[],
                     bytea[])
    AS {_ADVANCE.format(*(f"${number}" for number in range(1, 9)), columns=_COLUMNS)}
"""
BEGIN_AND_ADVANCE = "BEGIN; EXECUTE advance (%s, %s, %s, %s, %s, %s, %s, %s)"


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


def read_end(cursor: SqlCursor, key: int | None) -> Cursor | None:
    """Return the last trade of a tape."""
    cursor.execute(_END, (key,))
    row = cursor.fetchone()
    return None if row is None else Cursor(*row)


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
    cursor: SqlCursor,
    keys: Mapping[InstrumentId, int],
    extents: Mapping[InstrumentId, TapeExtent],
    sealers: Mapping[InstrumentId, TapeSealer],
    statement: str = ADVANCE,
) -> None:
    """Advance the ends of tapes, with the open links of their seals, which cover the extents.

    Raises RepositoryError for an extent that is not after its tape's end.

    A tape that starts adopts its later trades: rows stored as late at or after its first id are
    deleted, because they come again, on the tape.
    """
    columns = zip(*extents.values(), strict=True)
    first_times, first_ids, last_times, last_ids = map(list, columns)
    numbers = [keys[instrument] for instrument in extents]
    seals = [sealers[instrument].open for instrument in extents]
    links = [[s.after_id for s in seals], [s.previous for s in seals], [s.digest for s in seals]]
    cursor.execute(statement, (numbers, first_times, first_ids, last_times, last_ids, *links))
    began = dict(cursor.fetchall())
    for instrument, extent in extents.items():
        key = keys[instrument]
        if key not in began:
            raise _refusal(instrument, extent, read_end(cursor, key))
        if began[key]:
            _adopt_late_rows(cursor, instrument, key, extent)


def _adopt_late_rows(
    cursor: SqlCursor, instrument: InstrumentId, key: int, extent: TapeExtent
) -> None:
    lock_late_rows(cursor, instrument)
    late = late_from_id(cursor, instrument, key, extent.first_id)
    cursor.execute(
        "DELETE FROM trade WHERE instrument_id = %s AND trade_id >= %s", (key, extent.first_id)
    )
    unseal_late(cursor, key, late)


def _refusal(instrument: InstrumentId, extent: TapeExtent, end: Cursor | None) -> RepositoryError:
    shown = "nothing" if end is None else f"{end.trade_id} at {end.time.isoformat()}"
    return RepositoryError(
        f"{instrument}: trade {extent.first_id} at {extent.first_time.isoformat()} does not follow "
        f"the tape's end {shown}; start again from the stored end"
    )
