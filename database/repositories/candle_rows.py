"""Candles as rows, and the rule of storing them: the first version stays, others go beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from data import Candle, InstrumentId, Timeframe
from database.models import SOURCE_CODES

_COLUMNS = (
    "instrument_id, timeframe_s, open_time, source, complete, open, high, low, close, volume, "
    "trade_count, first_trade_id, last_trade_id"
)
# Types are spelt out because a column of nulls alone would be text.
_TYPES = (
    "(%s::int, %s::int, %s::timestamptz, %s::smallint, %s::bool, %s::numeric, %s::numeric, "
    "%s::numeric, %s::numeric, %s::numeric, %s::bigint, %s::bigint, %s::bigint)"
)
_VALUES = (
    "{0}.source, {0}.complete, {0}.open, {0}.high, {0}.low, {0}.close, {0}.volume, "
    "{0}.trade_count, {0}.first_trade_id, {0}.last_trade_id"
)

_ANNOUNCE = f"""
    INSERT INTO candle ({_COLUMNS}) VALUES %s
    ON CONFLICT (instrument_id, timeframe_s, open_time) DO NOTHING
    RETURNING 1
"""

_KEEP_BESIDE = f"""
    INSERT INTO candle_check ({_COLUMNS})
    SELECT offered.* FROM (VALUES %s) AS offered({_COLUMNS})
    JOIN candle AS stored USING (instrument_id, timeframe_s, open_time)
    WHERE ({_VALUES.format("offered")}) IS DISTINCT FROM ({_VALUES.format("stored")})
    ON CONFLICT DO NOTHING
    RETURNING 1
"""

_PAGE_ROWS = 1000
_SOURCES = {code: source for source, code in SOURCE_CODES.items()}

Row = tuple[
    datetime, Decimal, Decimal, Decimal, Decimal, Decimal,
    int | None, int | None, int | None, bool, int,
]  # fmt: skip


def store_candles(
    cursor: Cursor, keys: Mapping[InstrumentId, int], candles: Sequence[Candle]
) -> int:
    """Store candles whose bucket is free, and new versions beside; return how many were new."""
    if not candles:
        return 0
    rows = [_values(keys, candle) for candle in candles]
    announced = _insert(cursor, _ANNOUNCE, rows)
    if announced == len(rows):
        return announced
    return announced + _insert(cursor, _KEEP_BESIDE, rows)


def candle_of(instrument: InstrumentId, timeframe: Timeframe, row: Row) -> Candle:
    """Return the candle of a row of `candle_queries.SELECTED`."""
    return Candle(
        instrument=instrument,
        timeframe=timeframe,
        open_time=row[0],
        open=row[1],
        high=row[2],
        low=row[3],
        close=row[4],
        volume=row[5],
        trade_count=row[6],
        first_trade_id=row[7],
        last_trade_id=row[8],
        complete=row[9],
        source=_SOURCES[row[10]],
    )


def _insert(cursor: Cursor, statement: str, rows: list[tuple[Any, ...]]) -> int:
    returned = execute_values(cursor, statement, rows, _TYPES, _PAGE_ROWS, fetch=True)
    return len(returned)


def _values(keys: Mapping[InstrumentId, int], candle: Candle) -> tuple[Any, ...]:
    return (
        keys[candle.instrument], candle.timeframe.seconds, candle.open_time,
        SOURCE_CODES[candle.source], candle.complete, candle.open, candle.high, candle.low,
        candle.close, candle.volume, candle.trade_count, candle.first_trade_id,
        candle.last_trade_id,
    )  # fmt: skip
