"""Read candles from PostgreSQL into columns: binary COPY parsed by numpy.

COPY takes a query as text, and no parameters; ADR 0187 has the figures.
"""

from functools import cache

import numpy as np
from sqlalchemy import BigInteger, Double, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.orm import Session

from data import CandleFrame, InstrumentId, Timeframe
from database.engine import raw_cursor
from database.repositories.candle_queries import Span
from database.repositories.rows import Rows
from database.table_copy import binary_record, copy_out

_PRICES = ("open", "high", "low", "close", "volume")
_RECORD = binary_record(
    {"open_time": ">i8", **dict.fromkeys(_PRICES, ">f8"), "trade_count": ">i8", "complete": "?"}
)
# PostgreSQL counts microseconds from here.
_POSTGRES_EPOCH = np.datetime64("2000-01-01", "us")


def read_frame(
    session: Session, query: Rows, instrument: InstrumentId, timeframe: Timeframe, span: Span
) -> CandleFrame:
    """Return the candles that a query finds in a span, without filling gaps."""
    cursor = raw_cursor(session)
    text, fixed = _columns_of(query)
    rows = copy_out(cursor, cursor.mogrify(text, fixed | span._asdict()), _RECORD)
    return CandleFrame(
        instrument=instrument,
        timeframe=timeframe,
        open_time=_POSTGRES_EPOCH + rows["open_time"].astype("timedelta64[us]"),
        **{name: rows[name].astype(np.float64) for name in _PRICES},
        trade_count=rows["trade_count"].astype(np.int64),
        complete=rows["complete"].copy(),
        flat=np.zeros(len(rows), np.bool_),
    )


@cache
def _columns_of(query: Rows) -> tuple[str, dict[str, object]]:
    """Return the text of the query of `_RECORD`, with the values of its own parameters."""
    candle = query.subquery("candle").c
    columns = select(
        candle.open_time,
        *(sql_cast(candle[name], Double) for name in _PRICES),
        func.coalesce(candle.trade_count, sql_cast(-1, BigInteger)),
        candle.complete,
    ).order_by(candle.open_time)
    dialect = PGDialect_psycopg2()  # type: ignore[no-untyped-call]  # it is not annotated
    compiled = columns.compile(dialect=dialect)
    return str(compiled), dict(compiled.params)
