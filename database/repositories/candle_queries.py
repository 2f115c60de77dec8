"""The SQL queries over the candle tables, with named parameters."""

from datetime import datetime
from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor

SELECTED = (
    "open_time, open, high, low, close, volume, trade_count, first_trade_id, last_trade_id, "
    "complete, source"
)

_SPAN = """
    instrument_id = %(key)s AND timeframe_s = %(timeframe_s)s
    AND open_time >= %(start)s AND open_time < %(end)s
"""

ANNOUNCED = f"SELECT {SELECTED} FROM candle WHERE {_SPAN} ORDER BY open_time"

VERSIONS = f"SELECT {SELECTED} FROM candle_check WHERE {_SPAN} ORDER BY open_time, id"

STORED = f"""
    SELECT announced, digest, {SELECTED} FROM (
        SELECT 0 AS id, true AS announced, digest, {SELECTED} FROM candle WHERE {_SPAN}
        UNION ALL
        SELECT id, false, digest, {SELECTED} FROM candle_check WHERE {_SPAN}
    ) AS stored
    ORDER BY open_time, id
"""

_HAS_VERSIONS = f"SELECT EXISTS (SELECT FROM candle_check WHERE {_SPAN})"

# Complete from trades precedes the exchange's, which precedes incomplete; of equals, the newest.
_BEST_OF_VERSIONS = f"""
    SELECT DISTINCT ON (open_time) {SELECTED}
    FROM (
        SELECT 0 AS id, {SELECTED} FROM candle WHERE {_SPAN}
        UNION ALL
        SELECT id, {SELECTED} FROM candle_check WHERE {_SPAN}
    ) AS version
    ORDER BY open_time, CASE WHEN source = 2 THEN 2 WHEN complete THEN 1 ELSE 3 END, id DESC
"""

_BEFORE = "instrument_id = %(key)s AND timeframe_s = %(timeframe_s)s AND open_time < %(end)s"
_NEWEST = f"WHERE {_BEFORE} ORDER BY open_time DESC LIMIT %(limit)s"

_START_OF_LATEST = f"""
    SELECT min(open_time) FROM (
        (SELECT open_time FROM candle {_NEWEST})
        UNION
        (SELECT DISTINCT open_time FROM candle_check {_NEWEST})
        ORDER BY open_time DESC LIMIT %(limit)s
    ) AS newest
"""

NEWEST = """
    SELECT key, timeframe_s, newest.open_time
    FROM unnest(%(keys)s::int[], %(timeframes_s)s::int[]) AS series(key, timeframe_s),
    LATERAL (
        SELECT open_time FROM candle
        WHERE instrument_id = series.key AND candle.timeframe_s = series.timeframe_s
        ORDER BY open_time DESC LIMIT 1
    ) AS newest
"""

ADD_COVERAGE = """
    INSERT INTO coverage AS stored (instrument_id, timeframe_s, spans)
    SELECT %(key)s, %(timeframe_s)s, range_agg(tstzrange(span_start, span_end))
    FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS span(span_start, span_end)
    ON CONFLICT (instrument_id, timeframe_s) DO UPDATE SET spans = stored.spans + excluded.spans
"""

# A tape also covers its time: from its first trade to its last, without its harmful holes and
# without what was dropped since.
KNOWN = """
    WITH covered AS (
        SELECT range_agg(part) AS spans FROM (
            SELECT unnest(spans) AS part FROM coverage
            WHERE instrument_id = %(key)s AND timeframe_s = %(timeframe_s)s
        ) AS recorded
    ), tape AS (
        SELECT range_agg(tstzrange(first_time, time)) AS spans FROM tape_end
        WHERE instrument_id = %(key)s
    ), missing AS (
        SELECT range_agg(part) AS spans FROM (
            SELECT tstzrange(after_time, before_time) AS part FROM hole
            WHERE instrument_id = %(key)s AND state <> ALL (%(harmless)s)
            UNION ALL
            SELECT tstzrange(NULL, time) FROM candle_edge
            WHERE instrument_id = %(key)s AND timeframe_s = %(timeframe_s)s
        ) AS unknown
    ), known AS (
        SELECT coalesce(covered.spans, '{}')
               + (coalesce(tape.spans, '{}') - coalesce(missing.spans, '{}')) AS spans
        FROM covered, tape, missing
    )
    SELECT lower(span), upper(span)
    FROM (
        SELECT unnest(spans * tstzmultirange(tstzrange(%(start)s, %(end)s))) AS span FROM known
    ) AS clipped
    ORDER BY 1
"""


class Span(NamedTuple):
    """The requested candles, as parameters."""

    key: int | None
    timeframe_s: int
    start: datetime
    end: datetime


def best(cursor: Cursor, span: Span) -> str:
    """Return the query for the best versions: the simple one if no bucket has two versions."""
    cursor.execute(_HAS_VERSIONS, span._asdict())
    row = cursor.fetchone()
    return _BEST_OF_VERSIONS if row and row[0] else ANNOUNCED


def start_of_latest(cursor: Cursor, span: Span, limit: int) -> datetime | None:
    """Return the open time of the oldest of the newest `limit` candles before the span's end."""
    cursor.execute(_START_OF_LATEST, {**span._asdict(), "limit": limit})
    row = cursor.fetchone()
    return row[0] if row else None
