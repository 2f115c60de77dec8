"""Seals for rows that were stored before seals existed, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from data import EPOCH, InstrumentId, Timeframe
from data.market.seals import Seal, candle_digest, late_seals
from data.ports import SealRepository
from database.engine import Database
from database.models import CandleCheckRow, CandleRow, InstrumentRow
from database.repositories.candle_queries import selected
from database.repositories.candle_rows import candle_of
from database.repositories.keys import InstrumentKeys
from database.repositories.locks import lock_late_rows
from database.repositories.rows import as_parameters, change, given_rows
from database.repositories.tape_seals import replace_late, store_links
from database.repositories.trade_rows import late_between

_ROWS_AT_A_TIME = 5_000

_Place = InstrumentedAttribute[datetime] | InstrumentedAttribute[int]
_CandleTable = type[CandleRow | CandleCheckRow]
_TABLES: tuple[tuple[_CandleTable, _Place], ...] = (
    (CandleRow, CandleRow.open_time),
    (CandleCheckRow, CandleCheckRow.id),
)


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
        with self._database.session("searching for unsealed rows") as session:
            return [InstrumentId(*name) for name in session.execute(statement)]

    def add_links(self, instrument: InstrumentId, links: Sequence[Seal]) -> None:
        key = self._keys.ensure([instrument])[instrument]
        with self._database.session(f"sealing the tape {instrument}") as session:
            store_links(session.connection(), {key: links})

    def seal_late(self, instrument: InstrumentId, start: datetime, end: datetime) -> None:
        key = self._keys.ensure([instrument])[instrument]
        with self._database.session(f"sealing late trades of {instrument}") as session:
            connection = session.connection()
            lock_late_rows(connection, instrument)
            late = late_between(connection, instrument, key, start, end)
            replace_late(connection, key, late_seals(late, key))

    def seal_candles(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        return sum(self._seal_table(instrument, timeframe, *table) for table in _TABLES)

    def finish(self, instrument: InstrumentId) -> None:
        statement = (
            update(InstrumentRow)
            .where(InstrumentRow.id == self._keys.find(instrument))
            .values(sealed=True)
        )
        with self._database.session(f"marking {instrument} as sealed") as session:
            session.execute(statement)

    def _seal_table(
        self, instrument: InstrumentId, timeframe: Timeframe, table: _CandleTable, place: _Place
    ) -> int:
        key = {
            "instrument_id": self._keys.find(instrument),
            "timeframe_s": timeframe.seconds,
            "digest": None,
        }
        unsealed = (
            select(place, *selected(table))
            .filter_by(**key)
            .order_by(table.open_time)
            .limit(self._rows_at_a_time)
        )
        sealed = given_rows(place, table.digest)
        seal = (
            update(table)
            .filter_by(**key)
            .where(place == sealed.c[place.key])
            .values(digest=sealed.c.digest)
        )
        total, start = 0, EPOCH
        while True:
            with self._database.session(f"sealing {timeframe} candles of {instrument}") as session:
                rows = session.execute(unsealed.where(table.open_time >= start)).all()
                digests = [candle_digest(candle_of(instrument, timeframe, row[1:])) for row in rows]
                if rows:
                    places = [row[0] for row in rows]
                    values = zip(places, digests, strict=True)
                    change(session, seal, as_parameters((place, table.digest), values))
            total += len(rows)
            if len(rows) < self._rows_at_a_time:
                return total
            start = rows[-1].open_time
