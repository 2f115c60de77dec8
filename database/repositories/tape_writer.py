"""The one writer of some instruments' tapes: the hot path."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import cursor as SqlCursor

from data import Cursor, InstrumentId, TapeBatch
from data.errors import RepositoryError, RepositoryUnavailable
from data.ports import TapeWriter
from database.copying import copy_trades_in, trade_lines
from database.engine import Database
from database.errors import translated
from database.repositories.candle_rows import store_candles
from database.repositories.holes import declare
from database.repositories.keys import InstrumentKeys
from database.repositories.locks import take_tapes
from database.repositories.tape_ends import advance_ends, pieces_of, read_end

log = logging.getLogger("truetape.database")


class SqlTapeWriter(TapeWriter):
    """A connection of its own, whose advisory locks are the rights to write.

    Autocommit, with transactions spelt out: fewer round trips than the driver's own.
    """

    def __init__(self, database: Database, keys: InstrumentKeys, claim_wait_s: float) -> None:
        self._keys = keys
        self._claimed: dict[InstrumentId, int] = {}
        self._claim_wait_s = claim_wait_s
        self._failed = False
        self._connection = database.private_connection("opening a writer of tapes")

    def claim(self, instruments: Iterable[InstrumentId]) -> None:
        wanted = {name: None for name in instruments if name not in self._claimed}
        with self._working(f"claiming the tapes {_names(wanted)}") as cursor:
            keys = self._keys.ensure(wanted)
            take_tapes(cursor, wanted, self._claim_wait_s)
            self._claimed.update(keys)

    def end(self, instrument: InstrumentId) -> Cursor | None:
        with self._working(f"reading the tape's end of {instrument}") as cursor:
            return read_end(cursor, self._keys.find(instrument))

    def commit(self, batches: Sequence[TapeBatch]) -> None:
        if not batches:
            return
        pieces = pieces_of(batches)
        doing = f"committing {sum(len(b.trades) for b in batches)} trades of {_names(pieces)}"
        with self._working(doing) as cursor:
            self._require_claims(pieces)
            cursor.execute("BEGIN")
            advance_ends(cursor, self._claimed, pieces)
            lines = [trade_lines(b.trades, self._claimed[b.instrument]) for b in batches]
            copy_trades_in(cursor, "trade", b"".join(lines))
            candles = [candle for batch in batches for candle in batch.candles]
            store_candles(cursor, self._claimed, candles)
            declare(cursor, self._claimed, (hole for batch in batches for hole in batch.holes))
            cursor.execute("COMMIT")

    def close(self) -> None:
        try:
            self._connection.close()
        except psycopg2.Error:
            log.debug("closing a broken connection failed", exc_info=True)

    def _require_claims(self, instruments: Iterable[InstrumentId]) -> None:
        unclaimed = [instrument for instrument in instruments if instrument not in self._claimed]
        if unclaimed:
            raise RepositoryError(f"the tapes {_names(unclaimed)} must be claimed before a commit")

    @contextmanager
    def _working(self, doing: str) -> Iterator[SqlCursor]:
        """Give a cursor; whatever fails, this writer is of no more use.

        Closing the connection rolls back and frees the rights, at once and in any state.
        """
        if self._failed:
            raise RepositoryUnavailable(f"{doing}: this writer failed before; open another")
        try:
            with translated(doing), self._connection.cursor() as cursor:
                yield cursor
        except BaseException:
            self._failed = True
            self.close()
            raise


def _names(instruments: Iterable[InstrumentId]) -> str:
    return ", ".join(map(str, instruments))
