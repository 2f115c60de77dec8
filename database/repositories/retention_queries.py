"""The queries and deletions of retention, as SQL with named parameters."""

# The first row of each key by a skip scan of the primary key, not a scan of all rows.
TAPES = """
    SELECT instrument.exchange, instrument.symbol, oldest.time, tape_end.time, tape_end.trade_id
    FROM tape_end
    JOIN instrument ON instrument.id = tape_end.instrument_id,
    LATERAL (
        SELECT time FROM trade WHERE instrument_id = tape_end.instrument_id
        ORDER BY time, trade_id LIMIT 1
    ) AS oldest
    ORDER BY 1, 2
"""

DAYS = """
    SELECT instrument.exchange, instrument.symbol, day, rows, on_tape, first_trade_id,
           last_trade_id, digest, verified_at, problem, dropped_at, reason, forced
    FROM tape_day JOIN instrument ON instrument.id = tape_day.instrument_id
    ORDER BY day, 1, 2
"""

_IN_DAY = "instrument_id = %(key)s AND time >= %(day)s AND time < %(end)s"

COUNT_DAY = f"SELECT count(*) FROM trade WHERE {_IN_DAY}"

# Read in slices: one array of a whole day would need too much memory.
DIGEST_DAY = f"""
    SELECT trade_id, (extract(epoch FROM time) * 1000000)::bigint,
           (extract(epoch FROM exchange_time) * 1000000)::bigint,
           match_count, side, exchange_source, price, size
    FROM trade WHERE {_IN_DAY} AND on_tape ORDER BY time, trade_id
"""

NOTE_DAY = """
    INSERT INTO tape_day (instrument_id, day, rows, on_tape, first_trade_id, last_trade_id, digest,
                          verified_at, problem, dropped_at, reason, forced)
    VALUES (%(key)s, %(day)s, %(rows)s, %(on_tape)s, %(first_trade_id)s, %(last_trade_id)s,
            %(digest)s, %(verified_at)s, %(problem)s, %(dropped_at)s, %(reason)s, %(forced)s)
    ON CONFLICT (instrument_id, day) DO UPDATE SET
        rows = excluded.rows, on_tape = excluded.on_tape, digest = excluded.digest,
        first_trade_id = excluded.first_trade_id, last_trade_id = excluded.last_trade_id,
        verified_at = excluded.verified_at, problem = excluded.problem,
        dropped_at = excluded.dropped_at, reason = excluded.reason, forced = excluded.forced
"""

# By ctid, not by row number: chunks number their rows separately.
DELETE_SOME_OF_DAY = f"""
    DELETE FROM trade WHERE {_IN_DAY} AND (time, trade_id) <= (
        SELECT time, trade_id FROM (
            SELECT time, trade_id FROM trade WHERE {_IN_DAY} ORDER BY time, trade_id LIMIT %(limit)s
        ) AS slice ORDER BY time DESC, trade_id DESC LIMIT 1
    )
"""

# The last link stays: the tape continues from it.
DELETE_SEALS_OF_DAY = f"""
    DELETE FROM late_seal WHERE {_IN_DAY};
    DELETE FROM tape_seal WHERE {_IN_DAY} AND trade_id < (
        SELECT max(trade_id) FROM tape_seal WHERE {_IN_DAY}
    )
"""

OTHERS_ON_DAY = """
    SELECT EXISTS (
        SELECT FROM instrument AS other, LATERAL (
            SELECT FROM trade
            WHERE instrument_id = other.id AND time >= %(day)s AND time < %(end)s LIMIT 1
        ) AS row
        WHERE other.id <> ALL (%(keys)s)
    )
"""

DROP_CHUNKS = """
    SELECT drop_chunks('trade', older_than => %(end)s::timestamptz,
                       newer_than => %(day)s::timestamptz)
"""

ROWS_AFTER = "SELECT count(*) FROM trade WHERE instrument_id = %(key)s AND time >= %(time)s"

CHUNKED_SIZE = "SELECT hypertable_size('trade'), greatest(approximate_row_count('trade'), 0)"

SERIES = """
    SELECT instrument.exchange, instrument.symbol, series.timeframe_s, oldest.time, newest.time,
           follower.evaluated_to
    FROM instrument, unnest(%(timeframes_s)s::int[]) AS series(timeframe_s),
    LATERAL (
        SELECT open_time AS time FROM candle
        WHERE instrument_id = instrument.id AND timeframe_s = series.timeframe_s
        ORDER BY open_time LIMIT 1
    ) AS oldest,
    LATERAL (
        SELECT open_time AS time FROM candle
        WHERE instrument_id = instrument.id AND timeframe_s = series.timeframe_s
        ORDER BY open_time DESC LIMIT 1
    ) AS newest
    LEFT JOIN LATERAL (
        SELECT min(signal_group.evaluated_to) AS evaluated_to
        FROM signal_group JOIN signal_request AS request ON request.group_id = signal_group.id
        WHERE signal_group.instrument_id = instrument.id
          AND signal_group.timeframe_s = series.timeframe_s
    ) AS follower ON true
    ORDER BY 1, 2, 3
"""

_BEFORE = "instrument_id = %(key)s AND timeframe_s = %(timeframe_s)s AND open_time < %(before)s"

DELETE_COVERAGE = """
    UPDATE coverage SET spans = spans - tstzmultirange(tstzrange(NULL, %(before)s))
    WHERE instrument_id = %(key)s AND timeframe_s = %(timeframe_s)s;
    INSERT INTO candle_edge AS stored (instrument_id, timeframe_s, time)
    VALUES (%(key)s, %(timeframe_s)s, %(before)s)
    ON CONFLICT (instrument_id, timeframe_s) DO UPDATE
    SET time = greatest(stored.time, excluded.time)
"""

DELETE_SOME_CANDLES = f"""
    DELETE FROM candle WHERE {_BEFORE} AND open_time <= (
        SELECT max(open_time) FROM (
            SELECT open_time FROM candle WHERE {_BEFORE} ORDER BY open_time LIMIT %(limit)s
        ) AS slice
    )
"""

DELETE_SOME_VERSIONS_BEFORE = f"""
    DELETE FROM candle_check WHERE id IN (
        SELECT id FROM candle_check WHERE {_BEFORE} LIMIT %(limit)s
    )
"""

_RANK = "CASE WHEN {0}.source = 2 THEN 2 WHEN {0}.complete THEN 1 ELSE 3 END"

# The order of `candle_queries.best`: versions that it would never return may be deleted.
DELETE_SOME_OUTDONE = f"""
    DELETE FROM candle_check WHERE id IN (
        SELECT version.id FROM candle_check AS version
        WHERE version.open_time < %(before)s AND EXISTS (
            SELECT FROM (
                SELECT 0 AS id, source, complete FROM candle
                WHERE instrument_id = version.instrument_id
                  AND timeframe_s = version.timeframe_s AND open_time = version.open_time
                UNION ALL
                SELECT id, source, complete FROM candle_check
                WHERE instrument_id = version.instrument_id
                  AND timeframe_s = version.timeframe_s AND open_time = version.open_time
            ) AS other
            WHERE ({_RANK.format("other")}, -other.id) < ({_RANK.format("version")}, -version.id)
        )
        LIMIT %(limit)s
    )
"""
