"""The SQL queries over the signal tables."""

from database.repositories.signal_groups import GROUP

_JOINED = "signal_group JOIN instrument ON instrument.id = signal_group.instrument_id"

_STATUS = f"""
    SELECT {GROUP}, started_from, evaluated_to,
           newest.close_time, newest.direction, newest.reason, newest.window_digest,
           skipped.first_close_time, skipped.last_close_time, skipped.reason,
           ARRAY(SELECT asker FROM signal_request WHERE group_id = signal_group.id ORDER BY asker)
    FROM {_JOINED}
    LEFT JOIN LATERAL (
        SELECT * FROM signal WHERE group_id = signal_group.id ORDER BY close_time DESC LIMIT 1
    ) AS newest ON true
    LEFT JOIN LATERAL (
        SELECT * FROM signal_skip WHERE group_id = signal_group.id
        ORDER BY first_close_time DESC LIMIT 1
    ) AS skipped ON true
"""

STATUS_OF_ONE = f"{_STATUS} WHERE signal_group.id = %(key)s"

STATUS_OF_REQUESTED = f"""
    {_STATUS} WHERE EXISTS (SELECT FROM signal_request WHERE group_id = signal_group.id)
"""

ADVANCE = """
    UPDATE signal_group SET evaluated_to = advance.evaluated_to
    FROM unnest(%s::int[], %s::timestamptz[], %s::timestamptz[])
        AS advance(id, evaluated_from, evaluated_to)
    WHERE signal_group.id = advance.id
      AND signal_group.evaluated_to = advance.evaluated_from
"""

INSERT_SIGNALS = """
    INSERT INTO signal (group_id, close_time, direction, reason, window_digest)
    SELECT * FROM unnest(%s::int[], %s::timestamptz[], %s::smallint[], %s::text[], %s::text[])
"""

INSERT_SKIPS = """
    INSERT INTO signal_skip (group_id, first_close_time, last_close_time, reason)
    SELECT * FROM unnest(%s::int[], %s::timestamptz[], %s::timestamptz[], %s::text[])
"""

_SIGNAL = f"""
    SELECT {GROUP}, close_time, direction, reason, window_digest
    FROM signal JOIN {_JOINED} ON signal.group_id = signal_group.id
"""

SIGNALS = f"""
    {_SIGNAL} WHERE group_id = %(key)s AND close_time >= %(start)s AND close_time < %(end)s
    ORDER BY close_time
"""

LAST_SIGNALS = f"{_SIGNAL} ORDER BY close_time DESC, group_id DESC LIMIT %(limit)s"

LAST_SIGNALS_OF = f"""
    {_SIGNAL} WHERE group_id = %(key)s ORDER BY close_time DESC LIMIT %(limit)s
"""

SKIPS = """
    SELECT first_close_time, last_close_time, reason FROM signal_skip
    WHERE group_id = %(key)s AND last_close_time >= %(start)s AND first_close_time < %(end)s
    ORDER BY first_close_time
"""
