"""Locks on tapes: PostgreSQL's advisory locks, released whenever their holder ends."""

from collections.abc import Iterable
from hashlib import sha256

from psycopg2.errors import LockNotAvailable
from psycopg2.extensions import cursor as Cursor

from data import InstrumentId
from data.errors import TapeTaken


def advisory_key(kind: str, instrument: InstrumentId) -> int:
    """Return a stable signed 64-bit key for a lock on an instrument."""
    digest = sha256(f"truetape/{kind}/{instrument}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def lock_tapes(cursor: Cursor, instruments: Iterable[InstrumentId], wait_s: float) -> None:
    """Lock these tapes for writing until the connection ends. Raises TapeTaken.

    Outside a transaction. It waits a little: the server may not have noticed yet that the previous
    writer has ended.
    """
    cursor.execute("BEGIN")
    _lock(cursor, "pg_advisory_lock", instruments, wait_s)
    cursor.execute("COMMIT")


def lock_tape_for_transaction(cursor: Cursor, instrument: InstrumentId, wait_s: float) -> None:
    """Lock a tape for writing until the transaction ends. Raises TapeTaken."""
    _lock(cursor, "pg_advisory_xact_lock", [instrument], wait_s)


def lock_late_rows_shared(cursor: Cursor, instrument: InstrumentId) -> None:
    """Keep a tape from starting while late rows are stored; until the transaction ends."""
    key = advisory_key("late", instrument)
    cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", (key,))


def lock_late_rows(cursor: Cursor, instrument: InstrumentId) -> None:
    """Wait until no late rows are being stored, and block new ones until the transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (advisory_key("late", instrument),))


def _lock(
    cursor: Cursor, function: str, instruments: Iterable[InstrumentId], wait_s: float
) -> None:
    cursor.execute("SET LOCAL lock_timeout = %s", (f"{wait_s * 1000:.0f}ms",))
    for instrument in instruments:
        try:
            cursor.execute(f"SELECT {function}(%s)", (advisory_key("tape", instrument),))
        except LockNotAvailable as error:
            raise TapeTaken(
                f"{instrument}: another process writes this tape; stop that one, or collect it "
                "there alone"
            ) from error
    cursor.execute("SET LOCAL lock_timeout = 0")
