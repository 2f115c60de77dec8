"""The SQL queries over the tables of bots."""

CREATE = "INSERT INTO bot (name, created_at) VALUES (%s, %s) ON CONFLICT DO NOTHING"

LOCK = "SELECT FROM bot WHERE name = %s FOR NO KEY UPDATE"

NEWEST_VERSION = "SELECT max(number) FROM bot_version WHERE bot = %s"

INSERT_VERSION = """
    INSERT INTO bot_version (bot, number, config, changes, actor, reason, made_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""

VERSIONS = """
    SELECT number, config, changes, actor, reason, made_at
    FROM bot_version WHERE bot = %(bot)s ORDER BY number
"""

NEWEST_VERSIONS = """
    SELECT DISTINCT ON (bot) number, config, changes, actor, reason, made_at
    FROM bot_version ORDER BY bot, number DESC
"""

INSERT_FLEET_COMMAND = """
    INSERT INTO fleet_command (command, actor, reason, made_at, reached)
    VALUES (%s, %s, %s, %s, 0) RETURNING number
"""

UNANSWERED_TO_ALL = """
    SELECT number, command, actor, reason, made_at, answered_at, reached
    FROM fleet_command WHERE answered_at IS NULL ORDER BY number
"""

ANSWER_ALL = """
    UPDATE fleet_command SET answered_at = %s, reached = %s
    WHERE number = %s AND answered_at IS NULL
"""

SPREAD = """
    INSERT INTO bot_command
        (bot, number, command, wanted, actor, reason, made_at, answered_at, refusal)
    SELECT bot, coalesce((SELECT max(number) FROM bot_command WHERE bot = asked.bot), 0) + place,
           command, wanted, actor, reason, made_at, answered_at, refusal
    FROM unnest(
        %s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
        %s::timestamptz[], %s::text[]
    ) AS asked(bot, place, command, wanted, actor, reason, made_at, answered_at, refusal)
"""

INSERT_COMMAND = """
    INSERT INTO bot_command (bot, number, command, wanted, actor, reason, made_at, refusal)
    SELECT %s, coalesce(max(number), 0) + 1, %s, %s, %s, %s, %s, ''
    FROM bot_command WHERE bot = %s
    RETURNING number
"""

_COMMANDS = """
    SELECT bot, number, command, actor, reason, made_at, answered_at, refusal FROM bot_command
"""

COMMANDS = f"{_COMMANDS} WHERE bot = %(bot)s ORDER BY number"

UNANSWERED = f"{_COMMANDS} WHERE answered_at IS NULL ORDER BY made_at, bot, number"

ANSWER = """
    UPDATE bot_command SET answered_at = answer.answered_at, refusal = answer.refusal
    FROM unnest(%s::text[], %s::int[], %s::timestamptz[], %s::text[])
        AS answer(bot, number, answered_at, refusal)
    WHERE bot_command.bot = answer.bot AND bot_command.number = answer.number
      AND bot_command.answered_at IS NULL
"""

TRANSITIONS = """
    SELECT bot, number, before, after, rule, actor, reason, made_at, place_time, place_trade_id
    FROM bot_transition WHERE bot = %(bot)s ORDER BY number
"""

_STATUS = """
    SELECT bot.name, bot.created_at, version.number,
           newest.after, explained.made_at, explained.reason, coalesce(newest.number, 0),
           asked.wanted, coalesce(written.sequence + 1, 0), waiting.wanted
    FROM bot
    CROSS JOIN LATERAL (
        SELECT max(number) AS number FROM bot_version WHERE bot = bot.name
    ) AS version
    LEFT JOIN LATERAL (
        SELECT * FROM bot_transition WHERE bot = bot.name ORDER BY number DESC LIMIT 1
    ) AS newest ON true
    LEFT JOIN LATERAL (
        SELECT made_at, reason FROM bot_transition
        WHERE bot = bot.name AND (before <> after OR rule = 'waits')
        ORDER BY number DESC LIMIT 1
    ) AS explained ON true
    LEFT JOIN LATERAL (
        SELECT wanted FROM bot_command
        WHERE bot = bot.name AND wanted IS NOT NULL AND answered_at IS NOT NULL AND refusal = ''
        ORDER BY number DESC LIMIT 1
    ) AS asked ON true
    LEFT JOIN LATERAL (
        SELECT wanted FROM bot_command
        WHERE bot = bot.name AND wanted IS NOT NULL AND answered_at IS NULL
        ORDER BY number DESC LIMIT 1
    ) AS waiting ON true
    LEFT JOIN LATERAL (
        SELECT sequence FROM bot_journal WHERE bot = bot.name ORDER BY sequence DESC LIMIT 1
    ) AS written ON true
"""

STATUS_OF_ONE = f"{_STATUS} WHERE bot.name = %(bot)s"

STATUS_OF_ALL = f"{_STATUS} ORDER BY bot.name"

NUMBERS = """
    SELECT name,
           coalesce((SELECT max(number) FROM bot_transition WHERE bot = name), 0),
           coalesce((SELECT max(sequence) FROM bot_journal WHERE bot = name), -1)
    FROM bot WHERE name = ANY (%s)
    ORDER BY name FOR NO KEY UPDATE OF bot
"""

BEGIN_GROUP = """
    INSERT INTO bot_group (group_id, time, trade_id)
    SELECT id, %s, %s FROM signal_group WHERE id = %s
    ON CONFLICT DO NOTHING
"""

MOVE_GROUP = """
    UPDATE bot_group SET time = %s, trade_id = %s
    WHERE group_id = %s AND time = %s AND trade_id = %s
"""

GROUP = "SELECT time, trade_id FROM bot_group WHERE group_id = %(key)s"

SAVE_ACCOUNTS = """
    INSERT INTO bot_account (bot, session, scales, state)
    SELECT * FROM unnest(%s::text[], %s::int[], %s::jsonb[], %s::jsonb[])
    ON CONFLICT (bot) DO UPDATE
    SET session = excluded.session, scales = excluded.scales, state = excluded.state
"""

ACCOUNTS = """
    SELECT bot, session, scales::text, state::text FROM bot_account WHERE bot = ANY (%(bots)s)
"""

JOURNAL = """
    SELECT bot, sequence, place_time, place_trade_id, actor, reason, made_at, decision::text
    FROM bot_journal WHERE bot = %(bot)s ORDER BY sequence
"""

ORDERS = """
    SELECT bot, sequence, time, trade_id, side, is_maker, reason, refusal, size, price, fee,
           market_price, print_size, realised, risk, high, low, position, cash, equity
    FROM bot_order WHERE bot = %(bot)s AND time >= %(start)s AND time < %(end)s
    ORDER BY sequence
"""

EQUITY = """
    SELECT bot, time, equity, position_value
    FROM bot_equity WHERE bot = %(bot)s AND time >= %(start)s AND time < %(end)s
    ORDER BY time
"""

LAST_MARKS = """
    SELECT mark.bot, mark.time, mark.equity, mark.position_value
    FROM unnest(%(bots)s::text[]) AS asked(bot)
    CROSS JOIN LATERAL (
        SELECT * FROM bot_equity WHERE bot = asked.bot ORDER BY time DESC LIMIT 1
    ) AS mark
"""

DAILY_EQUITY = """
    SELECT DISTINCT ON (bot, day) bot, time, equity, position_value
    FROM bot_equity, date_trunc('day', time - interval '1 microsecond') AS day
    WHERE bot = ANY (%(bots)s) AND time >= %(start)s AND time < %(end)s
    ORDER BY bot, day, time DESC
"""

FULL_DAYS = """
    SELECT bot, min(day), max(day) + interval '1 day' FROM (
        SELECT bot, day FROM bot_equity, date_trunc('day', time - interval '1 microsecond') AS day
        WHERE time <= %(before)s
        GROUP BY bot, day HAVING count(*) > %(most)s
    ) AS full_day
    GROUP BY bot ORDER BY bot
"""

DROP_MARKS = "DELETE FROM bot_equity WHERE bot = %(bot)s AND time = ANY (%(times)s)"

DAILY_BEFORE = """
    SELECT bot, daily_before FROM bot_account
    WHERE bot = ANY (%(bots)s) AND daily_before IS NOT NULL
"""

NEXT_VERIFICATION = "SELECT coalesce(max(number), 0) + 1 FROM bot_proof WHERE bot = %s"

_VERIFICATIONS = """
    SELECT bot, number, verified_at, since_time, since_trade_id, until_time, until_trade_id,
           orders, marks, entries, stored_digest, replayed_digest, code, cause, difference,
           anchor::text, settled
    FROM bot_proof
"""

LATEST_VERIFICATIONS = f"""
    SELECT newest.* FROM bot CROSS JOIN LATERAL (
        {_VERIFICATIONS} WHERE bot = bot.name ORDER BY number DESC LIMIT 1
    ) AS newest
    WHERE %(bots)s::text[] IS NULL OR bot.name = ANY (%(bots)s)
"""

VERIFICATIONS = f"{_VERIFICATIONS} WHERE bot = %(bot)s ORDER BY number DESC LIMIT %(limit)s"

TAPE_REQUIREMENTS = """
    SELECT version.instrument, state.after, written.entries, first.place_time,
           first.place_trade_id, proved.proofs, newest.settled, newest.entries,
           anchored.anchor::text, account.session, account.scales::text, account.state::text
    FROM bot
    CROSS JOIN LATERAL (
        SELECT place_time, place_trade_id FROM bot_journal
        WHERE bot = bot.name AND decision->>'type' = 'started' ORDER BY sequence LIMIT 1
    ) AS first
    CROSS JOIN LATERAL (
        SELECT config->>'instrument' AS instrument FROM bot_version
        WHERE bot = bot.name ORDER BY number DESC LIMIT 1
    ) AS version
    CROSS JOIN LATERAL (
        SELECT after FROM bot_transition WHERE bot = bot.name ORDER BY number DESC LIMIT 1
    ) AS state
    CROSS JOIN LATERAL (
        SELECT max(sequence) + 1 AS entries FROM bot_journal WHERE bot = bot.name
    ) AS written
    CROSS JOIN LATERAL (
        SELECT count(*) AS proofs FROM bot_proof WHERE bot = bot.name
    ) AS proved
    LEFT JOIN LATERAL (
        SELECT settled, entries FROM bot_proof WHERE bot = bot.name ORDER BY number DESC LIMIT 1
    ) AS newest ON true
    LEFT JOIN LATERAL (
        SELECT anchor FROM bot_proof WHERE bot = bot.name AND anchor IS NOT NULL
        ORDER BY number DESC LIMIT 1
    ) AS anchored ON true
    LEFT JOIN bot_account AS account ON account.bot = bot.name
"""
