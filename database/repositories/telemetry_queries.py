"""The SQL of telemetry. Every query follows the key (series_id, time), one series at a time."""

IDS = "SELECT subject, name, id FROM telemetry_series"

ADD_SERIES = """
INSERT INTO telemetry_series (subject, name, latest_time, latest_value)
SELECT subject, name, time, value FROM unnest(
    %(subjects)s::text[], %(names)s::text[], %(times)s::timestamptz[], %(values)s::float8[]
) AS given (subject, name, time, value)
ON CONFLICT (subject, name) DO NOTHING
"""

# In order of their ids, so that two processes lock in the same order.
SET_LATEST = """
WITH given AS (
    SELECT DISTINCT ON (series_id) series_id, time, value FROM unnest(
        %(ids)s::int[], %(times)s::timestamptz[], %(values)s::float8[]
    ) AS given (series_id, time, value) ORDER BY series_id, time DESC
), locked AS (
    SELECT id FROM telemetry_series WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE telemetry_series AS series SET latest_time = given.time, latest_value = given.value
FROM given JOIN locked ON locked.id = given.series_id WHERE series.id = given.series_id
    -- One of the future was measured before the clock was set back.
    AND (given.time >= series.latest_time OR series.latest_time > now())
"""

ADD_SAMPLES = """
INSERT INTO telemetry_sample (time, value, series_id)
SELECT time, value, series_id FROM unnest(
    %(ids)s::int[], %(times)s::timestamptz[], %(values)s::float8[]
) AS given (series_id, time, value)
ON CONFLICT (series_id, time) DO NOTHING
"""

LATEST = """
SELECT subject, name, latest_time, latest_value FROM telemetry_series WHERE latest_time >= %(since)s
ORDER BY subject COLLATE "C", name COLLATE "C"
"""

FROM_SAMPLES = """
SELECT date_bin(%(width)s, time, %(start)s) AS piece, min(value), avg(value), max(value)
FROM telemetry_sample
WHERE series_id = (SELECT id FROM telemetry_series WHERE subject = %(subject)s AND name = %(name)s)
    AND time >= %(start)s AND time < %(end)s
GROUP BY piece ORDER BY piece
"""

FROM_HISTORY = """
SELECT date_bin(%(width)s, time, %(start)s) AS piece, min(low), sum(total) / sum(samples), max(high)
FROM telemetry_history
WHERE series_id = (SELECT id FROM telemetry_series WHERE subject = %(subject)s AND name = %(name)s)
    AND time >= %(start)s AND time < %(end)s
GROUP BY piece ORDER BY piece
"""

CONDENSE = """
INSERT INTO telemetry_history (time, low, total, high, samples, series_id)
SELECT piece.time, piece.low, piece.total, piece.high, piece.samples, series.id
FROM telemetry_series AS series CROSS JOIN LATERAL (
    SELECT date_bin(%(width)s, sample.time, 'epoch'::timestamptz) AS time,
        min(value) AS low, sum(value) AS total, max(value) AS high, count(*) AS samples
    FROM telemetry_sample AS sample
    WHERE sample.series_id = series.id AND sample.time >= %(start)s AND sample.time < %(end)s
    GROUP BY 1
) AS piece
WHERE series.latest_time >= %(start)s
ON CONFLICT (series_id, time) DO UPDATE SET
    low = excluded.low, total = excluded.total, high = excluded.high, samples = excluded.samples
WHERE excluded.samples >= telemetry_history.samples
"""

PRUNE = """
DELETE FROM {table} WHERE (series_id, time) IN (
    SELECT series.id, old.time FROM telemetry_series AS series CROSS JOIN LATERAL (
        SELECT time FROM {table} WHERE series_id = series.id AND time < %(before)s
        ORDER BY time LIMIT %(limit)s
    ) AS old LIMIT %(limit)s
)
"""

DELETE_SERIES = """
DELETE FROM telemetry_series AS series WHERE latest_time < %(before)s
    AND NOT EXISTS (SELECT FROM telemetry_history WHERE series_id = series.id)
    AND NOT EXISTS (SELECT FROM telemetry_sample WHERE series_id = series.id)
"""

DELETE_PROCESSES = """
DELETE FROM process WHERE coalesce(greatest(reported_at, stood_at), %(before)s) < %(before)s
"""

SAVE_REPORT = """
INSERT INTO process (name, reported_at, report) VALUES (%(name)s, %(time)s, %(words)s)
ON CONFLICT (name) DO UPDATE SET reported_at = excluded.reported_at, report = excluded.report
"""

SAVE_SNAPSHOT = """
INSERT INTO process (name, stood_at, standing) VALUES (%(name)s, %(time)s, %(words)s)
ON CONFLICT (name) DO UPDATE SET stood_at = excluded.stood_at, standing = excluded.standing
"""

PROCESSES = 'SELECT name, report::text, standing::text FROM process ORDER BY name COLLATE "C"'
