"""The SQL queries over many bots at once."""

_ORDER = """
    bot, sequence, time, trade_id, side, is_maker, reason, refusal, size, price, fee,
    market_price, print_size, realised, risk, high, low, position, cash, equity
"""

# The version of the running session; without a session the newest.
CONFIGS = """
    SELECT asked.name, version.number, version.config
    FROM unnest(%(bots)s::text[], %(running)s::bool[]) AS asked(name, running)
    LEFT JOIN LATERAL (
        SELECT (decision ->> 'version')::int AS number FROM bot_journal
        WHERE bot = asked.name AND decision ->> 'type' = 'started'
        ORDER BY sequence DESC LIMIT 1
    ) AS started ON asked.running
    CROSS JOIN LATERAL (
        SELECT number, config FROM bot_version WHERE bot = asked.name
        ORDER BY coalesce(number = started.number, false) DESC, number DESC LIMIT 1
    ) AS version
"""

# A mark at a midnight ends the day before it, a fill at one begins the next.
PROFIT_BEFORE = """
    SELECT asked.name, point.equity - session.capital
    FROM unnest(%(bots)s::text[]) AS asked(name)
    CROSS JOIN LATERAL (
        SELECT time, equity FROM (
            (SELECT time, 0 AS kind, equity FROM bot_equity
             WHERE bot = asked.name AND time <= %(since)s ORDER BY time DESC LIMIT 1)
            UNION ALL
            (SELECT time, 1, equity FROM bot_order
             WHERE bot = asked.name AND time < %(since)s AND refusal = 0
             ORDER BY time DESC, sequence DESC LIMIT 1)
        ) AS latest
        ORDER BY time DESC, kind DESC LIMIT 1
    ) AS point
    CROSS JOIN LATERAL (
        SELECT (version.config ->> 'capital')::numeric AS capital
        FROM bot_journal AS journal
        JOIN bot_version AS version
          ON version.bot = journal.bot
         AND version.number = (journal.decision ->> 'version')::int
        WHERE journal.bot = asked.name AND journal.decision ->> 'type' = 'started'
          AND journal.place_time <= point.time
        ORDER BY journal.sequence DESC LIMIT 1
    ) AS session
"""

INSTRUMENTS = "SELECT exchange || ':' || symbol FROM instrument"

FILLS_SINCE = """
    SELECT bot, count(*) FROM bot_order
    WHERE bot = ANY (%(bots)s) AND time >= %(since)s AND refusal = 0 GROUP BY bot
"""

LAST_ORDERS = f"""
    SELECT newest.* FROM unnest(%(bots)s::text[]) AS asked(name)
    CROSS JOIN LATERAL (
        SELECT {_ORDER} FROM bot_order WHERE bot = asked.name ORDER BY sequence DESC LIMIT 1
    ) AS newest
"""

LAST_STARTS = """
    SELECT asked.name, started.made_at FROM unnest(%(bots)s::text[]) AS asked(name)
    CROSS JOIN LATERAL (
        SELECT made_at FROM bot_transition
        WHERE bot = asked.name AND rule = 'start' ORDER BY number DESC LIMIT 1
    ) AS started
"""

CLOSED_ROUND_TRIPS = """
    SELECT asked.name, trips.*
    FROM unnest(%(bots)s::text[], %(behind)s::int[]) AS asked(name, exit)
    CROSS JOIN LATERAL (
        SELECT count(*) AS closed, count(*) FILTER (WHERE profit > 0), max(sequence)
        FROM (
            SELECT sequence, row_number() OVER by_sequence AS place,
                   realised - fee - lag(fee) OVER by_sequence AS profit
            FROM bot_order WHERE bot = asked.name AND sequence > asked.exit AND refusal = 0
            WINDOW by_sequence AS (ORDER BY sequence)
        ) AS fills
        WHERE place %% 2 = 0
    ) AS trips
    WHERE closed > 0
"""

EQUITY = """
    SELECT DISTINCT ON (bot, step) bot, time, equity, position_value
    FROM (
        SELECT *, date_bin(%(step)s, time - interval '1 microsecond', timestamptz 'epoch') AS step
        FROM bot_equity WHERE time >= %(start)s AND time < %(end)s
    ) AS marks
    ORDER BY bot, step, time DESC
"""

FILLS = f"""
    SELECT {_ORDER} FROM bot_order
    WHERE refusal = 0 AND time >= %(start)s AND time < %(end)s ORDER BY bot, sequence
"""

PROFIT_CHANGES = """
    WITH session AS (
        SELECT journal.bot, journal.place_time AS begins,
               lead(journal.place_time) OVER (
                   PARTITION BY journal.bot ORDER BY journal.sequence
               ) AS ends,
               (version.config ->> 'capital')::numeric AS capital
        FROM bot_journal AS journal
        JOIN bot_version AS version
          ON version.bot = journal.bot
         AND version.number = (journal.decision ->> 'version')::int
        WHERE journal.decision ->> 'type' = 'started' AND journal.bot = ANY (%(bots)s)
    ), point AS (
        SELECT bot, time, 0 AS kind, -1 AS sequence, equity FROM bot_equity
        WHERE bot = ANY (%(bots)s) AND time < %(end)s
        UNION ALL
        SELECT bot, time, 1, sequence, equity FROM bot_order
        WHERE bot = ANY (%(bots)s) AND time < %(end)s AND refusal = 0
    ), profit AS (
        SELECT point.bot, point.time, point.kind, point.sequence,
               point.equity - session.capital AS profit
        FROM point JOIN session
          ON session.bot = point.bot AND point.time >= session.begins
         AND (session.ends IS NULL OR point.time < session.ends)
    ), change AS (
        SELECT time, kind, profit - lag(profit, 1, 0::numeric) OVER (
            PARTITION BY bot ORDER BY time, kind, sequence
        ) AS change
        FROM profit
    )
    SELECT greatest(time, %(start)s) AS at, sum(change)
    FROM change
    GROUP BY at, CASE WHEN time <= %(start)s THEN 0 ELSE kind END
    ORDER BY at, min(kind)
"""

PAID_IN = """
    SELECT journal.bot, journal.sequence, journal.place_time,
        (version.config ->> 'capital')::numeric
    FROM bot_journal AS journal
    JOIN bot_version AS version
      ON version.bot = journal.bot AND version.number = (journal.decision ->> 'version')::int
    WHERE journal.decision ->> 'type' = 'started'
    ORDER BY journal.bot, journal.sequence
"""
