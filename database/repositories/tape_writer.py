"""The only writer of some instruments' tapes: the hot path."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from data import Cursor, InstrumentId, TapeBatch
from data.errors import RepositoryError, RepositoryUnavailable
from data.market.seals import TapeSealer
from data.ports import TapeWriter
from database.engine import Database, cursor_of
from database.errors import translate_errors
from database.repositories.candle_rows import announce_candles
from database.repositories.holes import declare
from database.repositories.keys import InstrumentKeys
from database.repositories.locks import lock_tapes
from database.repositories.tape_ends import (
    PREPARE_ADVANCE,
    begin_and_advance_ends,
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
        with self._working(operation) as connection:
            cursor_of(connection).execute(PREPARE_ADVANCE)

    def claim(self, instruments: Iterable[InstrumentId]) -> None:
        requested = [name for name in instruments if name not in self._claimed]
        with self._working(f"claiming the tapes {_names(requested)}") as connection:
            keys = self._keys.ensure(requested)
            lock_tapes(connection, requested, self._claim_wait_s)
            self._claimed.update(keys)
            self._sealers.update(open_sealers(connection, keys.values()))

    def end(self, instrument: InstrumentId) -> Cursor | None:
        with self._working(f"reading the tape's end of {instrument}") as connection:
            return read_end(connection, self._keys.find(instrument))

    def commit(self, batches: Sequence[TapeBatch]) -> None:
        if not batches:
            return
        names = _names(dict.fromkeys(batch.instrument for batch in batches))
        operation = f"committing {sum(len(batch.trades) for batch in batches)} trades of {names}"
        with self._working(operation) as connection:
            extents = extents_of(batches)
            self._require_claims(extents)
            lines = [self._sealer(b.instrument).add(b.trades) for b in batches]
            sealers = {name: self._sealer(name) for name in extents}
            begin_and_advance_ends(connection, self._claimed, extents, sealers)
            cursor = cursor_of(connection)
            copy_trades_in(cursor, "trade", b"".join(lines))
            links = {self._claimed[name]: one.take_closed() for name, one in sealers.items()}
            store_links(connection, links)
            candles = [candle for batch in batches for candle in batch.candles]
            announce_candles(cursor, self._claimed, candles)
            declare(connection, self._claimed, (hole for batch in batches for hole in batch.holes))
            cursor.execute("COMMIT")

    def close(self) -> None:
        # A connection that the server has ended has nothing left to roll back.
        with suppress(DBAPIError):
            self._connection.close()

    def _sealer(self, instrument: InstrumentId) -> TapeSealer:
        return self._sealers[self._claimed[instrument]]

    def _require_claims(self, instruments: Iterable[InstrumentId]) -> None:
        unclaimed = [instrument for instrument in instruments if instrument not in self._claimed]
        if unclaimed:
            raise RepositoryError(f"the tapes {_names(unclaimed)} must be claimed before a commit")

    @contextmanager
    def _working(self, operation: str) -> Iterator[Connection]:
        """Provide the connection; after any failure this writer is unusable.

        Closing the connection rolls back and releases the locks, in any state.
        """
        if self._failed:
            raise RepositoryUnavailable(f"{operation}: this writer failed before; open another")
        self._failed = True
        try:
            with translate_errors(operation):
                yield self._connection
            self._failed = False
        finally:
            if self._failed:
                self.close()


def _names(instruments: Iterable[InstrumentId]) -> str:
    return ", ".join(map(str, instruments))
