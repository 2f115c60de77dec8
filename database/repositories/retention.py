"""Retention in PostgreSQL: small transactions; whole chunks where TimescaleDB can drop them."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from hashlib import sha256
from typing import Any

from psycopg2.extensions import cursor as SqlCursor
from sqlalchemy.orm import Session

from data import Cursor, InstrumentId, Timeframe
from data.retention import Dropped, DropReason, StoredSeries, StoredTape, TapeDay
from data.retention.digest import line_of
from data.retention.ports import RetentionRepository
from data.retention.values import DAY, needed_from
from database.engine import Database, raw_cursor
from database.repositories import retention_queries
from database.repositories.keys import InstrumentKeys
from database.timescale_info import read_timescale_info

PLAIN_BYTES_PER_TRADE = 130.0
"""Of a plain table with its index, measured by scripts/bench_timescale.py. The size of the table
is no measure: deleted rows leave free space inside it.
"""
_ROWS_AT_A_TIME = 10_000
_ROWS_OF_A_READ = 20_000


class SqlRetentionRepository(RetentionRepository):
    """The tables `trade`, `candle`, `candle_check`, `tape_day` and `candle_edge`."""

    def __init__(self, database: Database, *, rows_at_a_time: int = _ROWS_AT_A_TIME) -> None:
        self._database = database
        self._keys = InstrumentKeys(database)
        self._rows_at_a_time = rows_at_a_time

    def tapes(self) -> list[StoredTape]:
        return [
            StoredTape(
                instrument=InstrumentId(exchange, symbol),
                first_time=first_time,
                end=Cursor(time, trade_id),
            )
            for exchange, symbol, first_time, time, trade_id in self._rows(retention_queries.TAPES)
        ]

    def days(self) -> list[TapeDay]:
        return [_day(row) for row in self._rows(retention_queries.DAYS)]

    def summarize_day(
        self, instrument: InstrumentId, day: datetime, now: datetime
    ) -> TapeDay | None:
        span = {"key": self._keys.find(instrument), "day": day, "end": day + DAY}
        with self._session(f"looking at a day of {instrument}") as session:
            cursor = raw_cursor(session)
            # One snapshot of the table for the count and the digest.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(retention_queries.COUNT_DAY, span)
            (rows,) = cursor.fetchone() or (0,)
            if not rows:
                return None
            on_tape, first, last, digest = _digest(session, span)
        return TapeDay(
            instrument=instrument,
            day=day,
            rows=rows,
            on_tape=on_tape,
            first_trade_id=first,
            last_trade_id=last,
            digest=digest,
            verified_at=now,
        )

    def note(self, day: TapeDay) -> None:
        with self._session(f"noting a day of {day.instrument}") as session:
            self._note(raw_cursor(session), day)

    def drop_days(self, days: Iterable[TapeDay], dropped: Dropped) -> int:
        by_day: dict[datetime, list[TapeDay]] = {}
        for day in days:
            by_day.setdefault(day.day, []).append(day)
        return sum(self._drop_day(day, of_day, dropped) for day, of_day in sorted(by_day.items()))

    def bytes_per_trade(self) -> float:
        with self._session("measuring the tape") as session:
            if "trade" not in read_timescale_info(session.connection()).hypertables:
                return PLAIN_BYTES_PER_TRADE
            cursor = raw_cursor(session)
            cursor.execute(retention_queries.CHUNKED_SIZE)
            size, rows = cursor.fetchone() or (0, 0)
        return float(size) / rows if rows else PLAIN_BYTES_PER_TRADE

    def rows_after(self, instrument: InstrumentId, time: datetime) -> int:
        values = {"key": self._keys.find(instrument), "time": time}
        ((rows,),) = self._rows(retention_queries.ROWS_AFTER, **values)
        return int(rows)

    def series(self) -> list[StoredSeries]:
        timeframes = {timeframe.seconds: timeframe for timeframe in Timeframe}
        rows = self._rows(retention_queries.SERIES, timeframes_s=list(timeframes))
        return [
            StoredSeries(
                instrument=InstrumentId(exchange, symbol),
                timeframe=(timeframe := timeframes[seconds]),
                oldest=oldest,
                newest=newest,
                needed_from=needed_from(followed_to, timeframe),
            )
            for exchange, symbol, seconds, oldest, newest, followed_to in rows
        ]

    def drop_candles(self, instrument: InstrumentId, timeframe: Timeframe, before: datetime) -> int:
        values = {
            "key": self._keys.find(instrument),
            "timeframe_s": timeframe.seconds,
            "before": before,
        }
        # Marked unknown first: a span whose candles are half deleted must not be read as empty.
        with self._session(f"forgetting {timeframe} candles of {instrument}") as session:
            raw_cursor(session).execute(retention_queries.DELETE_COVERAGE, values)
        self._delete(retention_queries.DELETE_SOME_VERSIONS_BEFORE, values)
        return self._delete(retention_queries.DELETE_SOME_CANDLES, values)

    def drop_versions(self, before: datetime) -> int:
        return self._delete(retention_queries.DELETE_SOME_OUTDONE, {"before": before})

    def _drop_day(self, day: datetime, days: Sequence[TapeDay], dropped: Dropped) -> int:
        keys = {one.instrument: self._keys.find(one.instrument) for one in days}
        self._drop_free_chunk(day, list(keys.values()))
        for key in keys.values():
            span = {"key": key, "day": day, "end": day + DAY}
            self._delete(retention_queries.DELETE_SOME_OF_DAY, span)
        with self._session("noting dropped days") as session:
            cursor = raw_cursor(session)
            for one in days:
                span = {"key": keys[one.instrument], "day": day, "end": day + DAY}
                cursor.execute(retention_queries.DELETE_SEALS_OF_DAY, span)
                self._note(cursor, one, dropped)
        return sum(one.rows for one in days)

    def _drop_free_chunk(self, day: datetime, keys: list[int | None]) -> None:
        """Drop a day's chunk, if no other instrument has a trade in it."""
        span = {"day": day, "end": day + DAY, "keys": keys}
        with self._session("dropping chunks of trades") as session:
            if "trade" not in read_timescale_info(session.connection()).hypertables:
                return
            cursor = raw_cursor(session)
            cursor.execute(retention_queries.OTHERS_ON_DAY, span)
            if cursor.fetchone() == (False,):
                cursor.execute(retention_queries.DROP_CHUNKS, span)

    def _delete(self, statement: str, values: dict[str, Any]) -> int:
        """Delete in small transactions, so that other writers wait only briefly."""
        total, limited = 0, values | {"limit": self._rows_at_a_time}
        while True:
            with self._session("deleting what is not kept") as session:
                cursor = raw_cursor(session)
                cursor.execute(statement, limited)
                deleted = cursor.rowcount
            total += deleted
            if deleted < self._rows_at_a_time:
                return total

    def _note(self, cursor: SqlCursor, day: TapeDay, dropped: Dropped | None = None) -> None:
        dropped = dropped or day.dropped
        values = {
            "key": self._keys.find(day.instrument),
            "day": day.day,
            "rows": day.rows,
            "on_tape": day.on_tape,
            "first_trade_id": day.first_trade_id,
            "last_trade_id": day.last_trade_id,
            "digest": day.digest,
            "verified_at": day.verified_at,
            "problem": day.problem,
            "dropped_at": dropped and dropped.at,
            "reason": dropped.reason if dropped else "",
            "forced": dropped.forced if dropped else "",
        }
        cursor.execute(retention_queries.NOTE_DAY, values)

    def _rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        with self._session("reading what is stored") as session:
            cursor = raw_cursor(session)
            cursor.execute(query, values)
            return cursor.fetchall()

    def _session(self, operation: str) -> "AbstractContextManager[Session]":
        return self._database.session(operation)


def _digest(session: Session, span: dict[str, Any]) -> tuple[int, int, int, str]:
    """Return the number of trades on the tape, the first and last id, and their digest."""
    found, count, first, last = sha256(), 0, 0, 0
    connection = session.connection().connection.driver_connection
    assert connection is not None
    with connection.cursor(name="day") as cursor:
        cursor.itersize = _ROWS_OF_A_READ
        cursor.execute(retention_queries.DIGEST_DAY, span)
        for row in cursor:
            first, last, count = first or row[0] - row[3] + 1, row[0], count + 1
            found.update(line_of(*row))
    return count, first, last, found.hexdigest()


def _day(row: tuple[Any, ...]) -> TapeDay:
    exchange, symbol, day, rows, on_tape, first, last, digest, verified_at, problem = row[:10]
    dropped_at, reason, forced = row[10:]
    return TapeDay(
        instrument=InstrumentId(exchange, symbol),
        day=day,
        rows=rows,
        on_tape=on_tape,
        first_trade_id=first,
        last_trade_id=last,
        digest=digest,
        verified_at=verified_at,
        problem=problem,
        dropped=dropped_at and Dropped(at=dropped_at, reason=DropReason(reason), forced=forced),
    )
