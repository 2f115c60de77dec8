"""Trades in PostgreSQL."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnExpressionArgument, Select, select, true, tuple_
from sqlalchemy.orm import Session

from data import (
    Cursor,
    DroppedDay,
    IdRange,
    InstrumentId,
    TapeBatch,
    TapeRecord,
    TapeRow,
    TimeSpan,
    Trade,
)
from data.market.seals import TapeSeals
from data.ports import TapeWriter, TradeRepository
from data.retention.values import DAY
from database.engine import Database
from database.models import TapeDayRow, TapeEndRow, TradeRow
from database.repositories.keys import InstrumentKeys
from database.repositories.late_trades import store_batch, store_late
from database.repositories.locks import lock_tape_for_transaction
from database.repositories.tape_seals import read_seals
from database.repositories.tape_writer import SqlTapeWriter
from database.repositories.trade_rows import TRADE, trade_of

_place = tuple_(TradeRow.time, TradeRow.trade_id)
_BEFORE_ALL_IDS = -1
_Condition = ColumnExpressionArgument[bool]
_TradeSelect = Select[int, Decimal, Decimal, int, datetime, datetime, int, int, bool]


class SqlTradeRepository(TradeRepository):
    """The table `trade`, read in pages along its key."""

    def __init__(
        self, database: Database, *, page_rows: int = 10_000, claim_wait_s: float = 3.0
    ) -> None:
        self._database = database
        self._keys = InstrumentKeys(database)
        self._page_rows = page_rows
        self._claim_wait_s = claim_wait_s

    def open_writer(self) -> TapeWriter:
        return SqlTapeWriter(self._database, self._keys, self._claim_wait_s)

    def end(self, instrument: InstrumentId) -> Cursor | None:
        statement = select(TapeEndRow.time, TapeEndRow.trade_id).where(
            TapeEndRow.instrument_id == self._keys.find(instrument)
        )
        with self._database.session(f"reading the tape's end of {instrument}") as session:
            row = session.execute(statement).one_or_none()
        return None if row is None else Cursor(row.time, row.trade_id)

    def between(
        self, instrument: InstrumentId, start: datetime, end: datetime, *, on_tape: bool = False
    ) -> Iterator[list[Trade]]:
        condition = TradeRow.on_tape if on_tape else true()
        for page in self._pages(instrument, start, end, condition):
            yield [row.trade for row in page]

    def rows(
        self, instrument: InstrumentId, start: datetime, end: datetime
    ) -> Iterator[list[TapeRow]]:
        return self._pages(instrument, start, end)

    def record(self, instrument: InstrumentId) -> TapeRecord | None:
        key = self._keys.find(instrument)
        ends = select(
            TapeEndRow.first_time, TapeEndRow.first_trade_id, TapeEndRow.time, TapeEndRow.trade_id
        ).where(TapeEndRow.instrument_id == key)
        dropped = (
            select(TapeDayRow.day, TapeDayRow.first_trade_id, TapeDayRow.last_trade_id)
            .where(TapeDayRow.instrument_id == key, TapeDayRow.dropped_at.is_not(None))
            .where(TapeDayRow.on_tape > 0)
            .order_by(TapeDayRow.day)
        )
        with self._database.session(f"reading the record of the tape {instrument}") as session:
            row = session.execute(ends).one_or_none()
            if row is None:
                return None
            return TapeRecord(
                first=Cursor(row.first_time, row.first_trade_id),
                end=Cursor(row.time, row.trade_id),
                dropped=tuple(
                    DroppedDay(span=TimeSpan(day, day + DAY), ids=IdRange(first, last))
                    for day, first, last in session.execute(dropped)
                ),
            )

    def seals(self, instrument: InstrumentId, start: datetime, end: datetime) -> TapeSeals:
        key = self._keys.find(instrument)
        if key is None:
            return TapeSeals(number=0)
        with self._database.session(f"reading the seals of {instrument}") as session:
            return read_seals(session.connection(), key, start, end)

    def after(self, instrument: InstrumentId, cursor: Cursor, limit: int) -> list[Trade]:
        return [row.trade for row in self._page(instrument, cursor, limit, TradeRow.on_tape)]

    def latest(self, instrument: InstrumentId, limit: int) -> list[Trade]:
        with self._database.session(f"reading the latest trades of {instrument}") as session:
            newest_first = (
                self._trades_of(instrument)
                .order_by(TradeRow.time.desc(), TradeRow.trade_id.desc())
                .limit(limit)
            )
            newest = [row.trade for row in _rows(session, instrument, newest_first)]
        return newest[::-1]

    def first_at_or_after(self, instrument: InstrumentId, time: datetime) -> Cursor | None:
        page = self._page(instrument, Cursor(time, _BEFORE_ALL_IDS), 1)
        return page[0].trade.cursor if page else None

    def add_late(self, trades: Sequence[Trade]) -> int:
        by_instrument: dict[InstrumentId, list[Trade]] = {}
        for trade in trades:
            by_instrument.setdefault(trade.instrument, []).append(trade)
        keys = self._keys.ensure(by_instrument)
        names = ", ".join(map(str, by_instrument))
        with self._database.session(f"adding {len(trades)} late trades of {names}") as session:
            return sum(
                store_late(session.connection(), keys, late)
                for _, late in sorted(by_instrument.items())
            )

    def import_tape(self, batch: TapeBatch) -> int:
        operation = f"importing {len(batch.trades)} trades of {batch.instrument}"
        keys = self._keys.ensure([batch.instrument])
        with self._database.session(operation) as session:
            connection = session.connection()
            lock_tape_for_transaction(connection, batch.instrument, self._claim_wait_s)
            return store_batch(connection, keys, batch)

    def _pages(
        self, instrument: InstrumentId, start: datetime, end: datetime, *conditions: _Condition
    ) -> Iterator[list[TapeRow]]:
        # A transaction per page: a slow reader holds no lock, and a lost connection costs one page.
        place = Cursor(start, _BEFORE_ALL_IDS)
        while True:
            page = self._page(instrument, place, self._page_rows, TradeRow.time < end, *conditions)
            if page:
                yield page
                place = page[-1].trade.cursor
            if len(page) < self._page_rows:
                return

    def _page(
        self,
        instrument: InstrumentId,
        after: Cursor,
        limit: int,
        *conditions: _Condition,
    ) -> list[TapeRow]:
        statement = (
            self._trades_of(instrument)
            .where(_place > (after.time, after.trade_id), *conditions)
            .order_by(TradeRow.time, TradeRow.trade_id)
            .limit(limit)
        )
        with self._database.session(f"reading trades of {instrument}") as session:
            return _rows(session, instrument, statement)

    def _trades_of(self, instrument: InstrumentId) -> _TradeSelect:
        key = self._keys.find(instrument)
        return select(*TRADE, TradeRow.on_tape).where(TradeRow.instrument_id == key)


def _rows(session: Session, instrument: InstrumentId, statement: _TradeSelect) -> list[TapeRow]:
    rows = session.execute(statement)
    return [TapeRow(trade_of(instrument, row[:8]), row[8]) for row in rows]
