"""The only writer of some instruments' tapes: the hot path."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from psycopg2.extensions import cursor as SqlCursor

from data import Cursor, InstrumentId, TapeBatch
from data.errors import RepositoryError, RepositoryUnavailable
from data.market.seals import TapeSealer
from data.ports import TapeWriter
from database.engine import Database
from database.errors import translate_errors
from database.repositories.candle_rows import announce_candles
from database.repositories.holes import declare
from database.repositories.keys import InstrumentKeys
from database.repositories.locks import lock_tapes
from database.repositories.tape_ends import (
    BEGIN_AND_ADVANCE,
    PREPARE_ADVANCE,
    advance_ends,
    extents_of,
    read_end,
)
from database.repositories.tape_seals import open_sealers, store_links
from database.table_copy import copy_trades_in


class SqlTapeWriter(TapeWriter):
    """A connection of its own, whose advisory locks are the write locks of the tapes.

    Autocommit, with explicit transactions: fewer round trips than the driver's own.
    """

    def __init__(self, database: Database, keys: InstrumentKeys, claim_wait_s: float) -> None:
        self._keys = keys
        self._claimed: dict[InstrumentId, int] = {}
        self._sealers: dict[int, TapeSealer] = {}
        self._claim_wait_s = claim_wait_s
        self._failed = False
        operation = "opening a writer of tapes"
        self._connection = database.private_connection(operation)
        with self._working(operation) as cursor:
            cursor.execute(PREPARE_ADVANCE)

    def claim(self, instruments: Iterable[InstrumentId]) -> None:
        requested = [name for name in instruments if name not in self._claimed]
        with self._working(f"claiming the tapes {_names(requested)}") as cursor:
            keys = self._keys.ensure(requested)
            lock_tapes(cursor, requested, self._claim_wait_s)
            self._claimed.update(keys)
            self._sealers.update(open_sealers(cursor, keys.values()))

    def end(self, instrument: InstrumentId) -> Cursor | None:
        with self._working(f"reading the tape's end of {instrument}") as cursor:
            return read_end(cursor, self._keys.find(instrument))

    def commit(self, batches: Sequence[TapeBatch]) -> None:
        if not batches:
            return
        names = _names(dict.fromkeys(batch.instrument for batch in batches))
        operation = f"committing {sum(len(batch.trades) for batch in batches)} trades of {names}"
        with self._working(operation) as cursor:
            extents = extents_of(batches)
            self._require_claims(extents)
            lines = [self._sealer(b.instrument).add(b.trades) for b in batches]
            sealers = {name: self._sealer(name) for name in extents}
            advance_ends(cursor, self._claimed, extents, sealers, BEGIN_AND_ADVANCE)
            copy_trades_in(cursor, "trade", b"".join(lines))
            store_links(
                cursor, {self._claimed[name]: one.take_closed() for name, one in sealers.items()}
            )
            candles = [candle for batch in batches for candle in batch.candles]
            announce_candles(cursor, self._claimed, candles)
            declare(cursor, self._claimed, (hole for batch in batches for hole in batch.holes))
            cursor.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()

    def _sealer(self, instrument: InstrumentId) -> TapeSealer:
        return self._sealers[self._claimed[instrument]]

    def _require_claims(self, instruments: Iterable[InstrumentId]) -> None:
        unclaimed = [instrument for instrument in instruments if instrument not in self._claimed]
        if unclaimed:
            raise RepositoryError(f"the tapes {_names(unclaimed)} must be claimed before a commit")

    @contextmanager
    def _working(self, operation: str) -> Iterator[SqlCursor]:
        """Provide a cursor; after any failure this writer is unusable.

        Closing the connection rolls back and releases the locks, in any state.
        """
        if self._failed:
            raise RepositoryUnavailable(f"{operation}: this writer failed before; open another")
        self._failed = True
        try:
            with translate_errors(operation), self._connection.cursor() as cursor:
                yield cursor
            self._failed = False
        finally:
            if self._failed:
                self.close()


def _names(instruments: Iterable[InstrumentId]) -> str:
    return ", ".join(map(str, instruments))
