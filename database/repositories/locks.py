"""Locks on tapes: PostgreSQL's advisory locks, released whenever their holder ends."""

from collections.abc import Iterable
from hashlib import sha256

from psycopg2.errors import LockNotAvailable
from sqlalchemy import Connection, Function, func, select
from sqlalchemy.exc import DBAPIError

from data import InstrumentId
from data.errors import TapeTaken


def advisory_key(kind: str, instrument: InstrumentId) -> int:
    """Return a stable signed 64-bit key for a lock on an instrument."""
    digest = sha256(f"truetape/{kind}/{instrument}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def lock_tapes(connection: Connection, instruments: Iterable[InstrumentId], wait_s: float) -> None:
    """Lock these tapes for writing until the connection ends. Raises TapeTaken.

    Outside a transaction. It waits a little: the server may not have noticed yet that the previous
    writer has ended.
    """
    _limit_wait(connection, wait_s, in_transaction=False)
    for instrument in instruments:
        _lock(connection, instrument, func.pg_advisory_lock(advisory_key("tape", instrument)))
    _limit_wait(connection, 0, in_transaction=False)


def lock_tape_for_transaction(
    connection: Connection, instrument: InstrumentId, wait_s: float
) -> None:
    """Lock a tape for writing until the transaction ends. Raises TapeTaken."""
    _limit_wait(connection, wait_s, in_transaction=True)
    _lock(connection, instrument, func.pg_advisory_xact_lock(advisory_key("tape", instrument)))
    _limit_wait(connection, 0, in_transaction=True)


def lock_late_rows_shared(connection: Connection, instrument: InstrumentId) -> None:
    """Keep a tape from starting while late rows are stored; until the transaction ends."""
    lock = func.pg_advisory_xact_lock_shared(advisory_key("late", instrument))
    connection.execute(select(lock))


def lock_late_rows(connection: Connection, instrument: InstrumentId) -> None:
    """Wait until no late rows are being stored, and block new ones until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(advisory_key("late", instrument))))


def _limit_wait(connection: Connection, wait_s: float, *, in_transaction: bool) -> None:
    """Limit how long a lock is waited for, in this transaction or from now on; 0 is no limit."""
    limit = f"{wait_s * 1000:.0f}ms"
    connection.execute(select(func.set_config("lock_timeout", limit, in_transaction)))


def _lock(connection: Connection, instrument: InstrumentId, lock: Function[None]) -> None:
    try:
        connection.execute(select(lock))
    except DBAPIError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise TapeTaken(
            f"{instrument}: another process writes this tape; stop one of them, or collect it "
            "in one of them only"
        ) from error
