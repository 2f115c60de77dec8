"""Seals of tapes in PostgreSQL: read, continued, and stored in the transaction that writes rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from psycopg2.extensions import cursor as SqlCursor

from data import Trade
from data.market.seals import GENESIS, LateSeal, Seal, TapeSealer, TapeSeals, late_seals

# An open link of a previous writer is closed, so that its rows need not be read again to continue.
_CLOSE_OPEN = """
    INSERT INTO tape_seal (time, trade_id, after_id, instrument_id, previous, digest)
    SELECT time, trade_id, seal_after_id, instrument_id, seal_previous, seal_digest FROM tape_end
    WHERE instrument_id = ANY (%s) AND seal_digest IS NOT NULL
    ON CONFLICT DO NOTHING
"""
_OPEN = "SELECT instrument_id, trade_id, seal_digest FROM tape_end WHERE instrument_id = ANY (%s)"

_STORE = """
    INSERT INTO tape_seal (time, trade_id, after_id, instrument_id, previous, digest)
    SELECT * FROM unnest(%s::timestamptz[], %s::bigint[], %s::bigint[], %s::int[], %s::bytea[],
                         %s::bytea[])
    ON CONFLICT DO NOTHING
"""

_ADD_LATE = """
    INSERT INTO late_seal AS stored (time, rows, instrument_id, digest)
    SELECT minute, rows, %s, digest
    FROM unnest(%s::timestamptz[], %s::bigint[], %s::numeric[]) AS added(minute, rows, digest)
    ON CONFLICT (instrument_id, time) DO UPDATE
    SET rows = stored.rows + excluded.rows, digest = stored.digest + excluded.digest
"""
_DROP_MINUTES = "DELETE FROM late_seal WHERE instrument_id = %s AND time = ANY (%s::timestamptz[])"
_DROP_SMALLER = """
    DELETE FROM late_seal AS stored
    USING unnest(%s::timestamptz[], %s::bigint[]) AS found(minute, rows)
    WHERE stored.instrument_id = %s AND stored.time = found.minute AND stored.rows < found.rows
"""
_MINUTES = "SELECT time FROM late_seal WHERE instrument_id = %s AND time = ANY (%s::timestamptz[])"
_DROP_EMPTY = "DELETE FROM late_seal WHERE instrument_id = %s AND rows = 0 AND digest = 0"

_LINKS = """
    SELECT after_id, trade_id, time, previous, digest FROM tape_seal
    WHERE instrument_id = %(key)s AND time >= %(start)s AND time < %(end)s
    UNION (
        SELECT after_id, trade_id, time, previous, digest FROM tape_seal
        WHERE instrument_id = %(key)s AND time >= %(end)s ORDER BY time, trade_id LIMIT 1
    ) UNION
    SELECT seal_after_id, trade_id, time, seal_previous, seal_digest FROM tape_end
    WHERE instrument_id = %(key)s AND seal_digest IS NOT NULL AND time >= %(start)s
    ORDER BY trade_id
"""
_LATE = """
    SELECT time, rows, digest FROM late_seal
    WHERE instrument_id = %(key)s AND time >= %(start)s AND time < %(end)s ORDER BY time
"""
_IS_COMPLETE = "SELECT sealed FROM instrument WHERE id = %s"


def open_sealers(cursor: SqlCursor, keys: Iterable[int]) -> dict[int, TapeSealer]:
    """Return the sealers that continue these tapes, which are locked for writing, by their id."""
    numbers = list(keys)
    cursor.execute(_CLOSE_OPEN, (numbers,))
    cursor.execute(_OPEN, (numbers,))
    found = {key: (trade_id, digest) for key, trade_id, digest in cursor.fetchall()}
    return {key: _sealer(key, *found.get(key, (None, None))) for key in numbers}


def store_links(cursor: SqlCursor, links: Mapping[int, Sequence[Seal]]) -> None:
    """Store closed links of tapes, by the id of each."""
    rows = [
        (seal.time, seal.trade_id, seal.after_id, key, seal.previous, seal.digest)
        for key, seals in links.items()
        for seal in seals
    ]
    if rows:
        cursor.execute(_STORE, [list(column) for column in zip(*rows, strict=True)])


def seal_late(cursor: SqlCursor, key: int, trades: Sequence[Trade]) -> None:
    """Add stored late rows to the seals of their minutes."""
    _add_late(cursor, key, late_seals(trades, key))


def unseal_late(cursor: SqlCursor, key: int, trades: Sequence[Trade]) -> None:
    """Remove deleted late rows from the seals of their minutes.

    A row that was altered before leaves a difference, and so stays detectable. Where rows may be
    stored without a seal, the seals of their minutes are deleted instead.
    """
    if not _is_complete(cursor, key):
        cursor.execute(_DROP_MINUTES, (key, list(late_seals(trades, key))))
        return
    taken = late_seals(trades, key).items()
    _add_late(cursor, key, {time: LateSeal(rows=-s.rows, digest=-s.digest) for time, s in taken})
    cursor.execute(_DROP_EMPTY, (key,))


def replace_late(cursor: SqlCursor, key: int, seals: Mapping[datetime, LateSeal]) -> None:
    """Seal minutes of late rows that hold more rows than their seal counts, or have no seal."""
    cursor.execute(_DROP_SMALLER, (list(seals), [seal.rows for seal in seals.values()], key))
    sealed = _sealed(cursor, key, seals)
    _add_late(cursor, key, {time: seal for time, seal in seals.items() if time not in sealed})


def _sealed(cursor: SqlCursor, key: int, minutes: Iterable[datetime]) -> set[datetime]:
    cursor.execute(_MINUTES, (key, list(minutes)))
    return {time for (time,) in cursor.fetchall()}


def read_seals(cursor: SqlCursor, key: int, start: datetime, end: datetime) -> TapeSeals:
    """Return the seals over a span."""
    span = {"key": key, "start": start, "end": end}
    cursor.execute(_LINKS, span)
    links = [
        Seal(
            after_id=after_id,
            trade_id=trade_id,
            time=time,
            previous=bytes(previous),
            digest=bytes(digest),
        )
        for after_id, trade_id, time, previous, digest in cursor.fetchall()
    ]
    cursor.execute(_LATE, span)
    late = {
        time: LateSeal(rows=rows, digest=int(digest)) for time, rows, digest in cursor.fetchall()
    }
    return TapeSeals(number=key, links=links, late=late, complete=_is_complete(cursor, key))


def _is_complete(cursor: SqlCursor, key: int) -> bool:
    cursor.execute(_IS_COMPLETE, (key,))
    return cursor.fetchone() == (True,)


def _add_late(cursor: SqlCursor, key: int, seals: Mapping[datetime, LateSeal]) -> None:
    if seals:
        rows = [seal.rows for seal in seals.values()]
        digests = [seal.digest for seal in seals.values()]
        cursor.execute(_ADD_LATE, (key, list(seals), rows, digests))


def _sealer(key: int, trade_id: int | None, digest: memoryview | None) -> TapeSealer:
    return TapeSealer(key, GENESIS if digest is None else bytes(digest), trade_id)
