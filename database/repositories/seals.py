"""Seals for rows that were stored before seals existed, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from data import EPOCH, InstrumentId, Timeframe
from data.market.seals import Seal, candle_digest, late_seals
from data.ports import SealRepository
from database.engine import Database, raw_cursor
from database.models import InstrumentRow
from database.repositories.candle_queries import SELECTED
from database.repositories.candle_rows import candle_of
from database.repositories.keys import InstrumentKeys
from database.repositories.locks import lock_late_rows
from database.repositories.tape_seals import replace_late, store_links
from database.repositories.trade_rows import late_between

_ROWS_AT_A_TIME = 5_000

_UNSEALED = """
    SELECT {id}, {selected} FROM {table}
    WHERE instrument_id = %s AND timeframe_s = %s AND digest IS NULL AND open_time >= %s
    ORDER BY open_time LIMIT %s
"""
_SEAL = """
    UPDATE {table} AS stored SET digest = decode(sealed.hex, 'hex')
    FROM unnest(%s::{type}[], %s::text[]) AS sealed(place, hex)
    WHERE stored.instrument_id = %s AND stored.timeframe_s = %s AND stored.{id} = sealed.place
      AND stored.digest IS NULL
"""
_TABLES = (("candle", "open_time", "timestamptz"), ("candle_check", "id", "bigint"))


class SqlSealRepository(SealRepository):
    """The tables `tape_seal` and `late_seal`, and the columns `digest` and `sealed`."""

    def __init__(self, database: Database, *, rows_at_a_time: int = _ROWS_AT_A_TIME) -> None:
        self._database = database
        self._keys = InstrumentKeys(database)
        self._rows_at_a_time = rows_at_a_time

    def unsealed(self) -> list[InstrumentId]:
        statement = (
            select(InstrumentRow.exchange, InstrumentRow.symbol)
            .where(InstrumentRow.sealed.is_(False))
            .order_by(InstrumentRow.exchange, InstrumentRow.symbol)
        )
        with self._database.session("looking for what is not sealed") as session:
            return [InstrumentId(*name) for name in session.execute(statement)]

    def add_links(self, instrument: InstrumentId, links: Sequence[Seal]) -> None:
        key = self._keys.ensure([instrument])[instrument]
        with self._database.session(f"sealing the tape {instrument}") as session:
            store_links(raw_cursor(session), {key: links})

    def seal_late(self, instrument: InstrumentId, start: datetime, end: datetime) -> None:
        key = self._keys.ensure([instrument])[instrument]
        with self._database.session(f"sealing late trades of {instrument}") as session:
            cursor = raw_cursor(session)
            lock_late_rows(cursor, instrument)
            late = late_between(cursor, instrument, key, start, end)
            replace_late(cursor, key, late_seals(late, key))

    def seal_candles(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        return sum(self._seal_table(instrument, timeframe, *table) for table in _TABLES)

    def finish(self, instrument: InstrumentId) -> None:
        statement = (
            update(InstrumentRow)
            .where(InstrumentRow.id == self._keys.find(instrument))
            .values(sealed=True)
        )
        with self._database.session(f"noting that {instrument} is sealed") as session:
            session.execute(statement)

    def _seal_table(
        self, instrument: InstrumentId, timeframe: Timeframe, table: str, place: str, kind: str
    ) -> int:
        key = (self._keys.find(instrument), timeframe.seconds)
        find = _UNSEALED.format(id=place, selected=SELECTED, table=table)
        seal = _SEAL.format(id=place, table=table, type=kind)
        total, start = 0, EPOCH
        while True:
            with self._database.session(f"sealing {timeframe} candles of {instrument}") as session:
                cursor = raw_cursor(session)
                cursor.execute(find, (*key, start, self._rows_at_a_time))
                rows = cursor.fetchall()
                digests = [candle_digest(candle_of(instrument, timeframe, row[1:])) for row in rows]
                values = [row[0] for row in rows], [digest.hex() for digest in digests]
                if rows:
                    cursor.execute(seal, (*values, *key))
            total += len(rows)
            if len(rows) < self._rows_at_a_time:
                return total
            start = rows[-1][1]
