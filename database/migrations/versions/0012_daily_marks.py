"""Say of each account up to when only the last mark of each day was kept.

Marks were thinned to the last one of each day. From here on a day's extremes are kept too, so that
the maximum drawdown stays what it was; of days that were thinned before it is that of day ends.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Up to the first day with more than one mark, if there is a day before it. Bots of a day and longer
# have one mark a day anyway.
DAILY_BEFORE = """
    WITH counted AS (
        SELECT bot, day, count(*) AS marks
        FROM bot_equity, date_trunc('day', time - interval '1 microsecond', 'UTC') AS day
        GROUP BY bot, day
    ), thinned AS (
        SELECT bot,
               coalesce(min(day) FILTER (WHERE marks > 1), max(day) + interval '1 day') AS until,
               min(day) AS first
        FROM counted GROUP BY bot
    )
    UPDATE bot_account AS account SET daily_before = thinned.until
    FROM thinned
    WHERE thinned.bot = account.bot AND thinned.first < thinned.until
      AND (
          SELECT config ->> 'timeframe' FROM bot_version
          WHERE bot_version.bot = account.bot ORDER BY number DESC LIMIT 1
      ) NOT IN ('1d', '1w')
"""


def upgrade() -> None:
    """Add the column, and fill it from the marks that are stored."""
    comment = "the midnight up to which only the last mark of each day was kept"
    column = sa.Column("daily_before", sa.DateTime(timezone=True), nullable=True, comment=comment)
    op.add_column("bot_account", column)
    op.execute(DAILY_BEFORE)


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("bot_account", "daily_before")
