"""Read candles from PostgreSQL into columns: binary COPY parsed by numpy."""

import numpy as np
from psycopg2.extensions import cursor as Cursor

from data import CandleFrame, InstrumentId, Timeframe
from database.copying import binary_record, copy_out
from database.repositories.candle_queries import Span

_PRICES = ("open", "high", "low", "close", "volume")
_RECORD = binary_record(
    {"open_time": ">i8", **dict.fromkeys(_PRICES, ">f8"), "trade_count": ">i8", "complete": "?"}
)
_COLUMNS = f"""
    SELECT open_time, {", ".join(f"{name}::float8" for name in _PRICES)},
           coalesce(trade_count, -1), complete
    FROM ({{query}}) AS candle ORDER BY open_time
"""
# PostgreSQL counts microseconds from here.
_POSTGRES_EPOCH = np.datetime64("2000-01-01", "us")


def read_frame(
    cursor: Cursor, query: str, instrument: InstrumentId, timeframe: Timeframe, span: Span
) -> CandleFrame:
    """Return the candles that a query finds in a span, without filling gaps."""
    question = cursor.mogrify(_COLUMNS.format(query=query), span._asdict())
    rows = copy_out(cursor, question, _RECORD)
    return CandleFrame(
        instrument=instrument,
        timeframe=timeframe,
        open_time=_POSTGRES_EPOCH + rows["open_time"].astype("timedelta64[us]"),
        **{name: rows[name].astype(np.float64) for name in _PRICES},
        trade_count=rows["trade_count"].astype(np.int64),
        complete=rows["complete"].copy(),
        flat=np.zeros(len(rows), np.bool_),
    )
