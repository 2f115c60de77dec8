"""Convert and read trades as rows."""

from datetime import datetime
from decimal import Decimal

from psycopg2.extensions import cursor as SqlCursor

from data import InstrumentId, Side, Trade
from database.models import SIDE_CODES

_SIDES: dict[int, Side] = {code: side for side, code in SIDE_CODES.items()}

Row = tuple[int, Decimal, Decimal, int, datetime, datetime, int, int]

_LATE = """
    SELECT trade_id, price, size, side, time, exchange_time, match_count, exchange_source
    FROM trade WHERE instrument_id = %s AND NOT on_tape AND {} ORDER BY time, trade_id
"""
_LATE_FROM_ID = _LATE.format("trade_id >= %s")
_LATE_BETWEEN = _LATE.format("time >= %s AND time < %s")


def trade_of(instrument: InstrumentId, row: Row) -> Trade:
    """Return the trade of a row of those columns."""
    trade_id, price, size, side, time, exchange_time, match_count, exchange_source = row
    return Trade(
        instrument=instrument,
        trade_id=trade_id,
        price=price,
        size=size,
        side=_SIDES[side],
        time=time,
        exchange_time=exchange_time,
        match_count=match_count,
        exchange_source=exchange_source,
    )


def late_from_id(
    cursor: SqlCursor, instrument: InstrumentId, key: int, trade_id: int
) -> list[Trade]:
    """Return the late rows with ids from `trade_id` on."""
    cursor.execute(_LATE_FROM_ID, (key, trade_id))
    return [trade_of(instrument, row) for row in cursor.fetchall()]


def late_between(
    cursor: SqlCursor, instrument: InstrumentId, key: int, start: datetime, end: datetime
) -> list[Trade]:
    """Return the late rows with start <= tape time < end."""
    cursor.execute(_LATE_BETWEEN, (key, start, end))
    return [trade_of(instrument, row) for row in cursor.fetchall()]
