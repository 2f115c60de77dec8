"""Bots: configurations, commands, states, journal, orders, equity, accounts, cursors.

Revision ID: 0006
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    create_bots()
    create_commands()
    create_history()
    create_orders()
    create_accounts()


def downgrade() -> None:
    """Drop the tables with all they hold."""
    for table in (
        "bot_group", "bot_account", "bot_equity", "bot_order", "bot_journal", "bot_transition",
        "bot_command", "bot_version", "bot",
    ):  # fmt: skip
        op.drop_table(table)


def create_bots() -> None:
    op.create_table(
        "bot",
        words("name"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="bot_pkey"),
    )
    op.create_table(
        "bot_version",
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        bot_of("bot_version"),
        words("actor"),
        words("reason"),
        sa.Column("config", postgresql.JSONB, nullable=False),
        sa.Column("changes", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("bot", "number", name="bot_version_pkey"),
    )


def create_commands() -> None:
    op.create_table(
        "bot_command",
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT),
        sa.Column("number", sa.Integer, nullable=False),
        bot_of("bot_command"),
        words("command"),
        sa.Column("wanted", sa.Text, comment="the state asked for, if any"),
        words("actor"),
        words("reason"),
        words("refusal"),
        sa.PrimaryKeyConstraint("bot", "number", name="bot_command_pkey"),
    )
    op.create_index(
        "bot_command_unanswered",
        "bot_command",
        ["made_at"],
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def create_history() -> None:
    op.create_table(
        "bot_transition",
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("place_time", INSTANT),
        sa.Column("place_trade_id", sa.BigInteger),
        sa.Column("number", sa.Integer, nullable=False),
        bot_of("bot_transition"),
        *(words(name) for name in ("before", "after", "rule", "actor", "reason")),
        sa.PrimaryKeyConstraint("bot", "number", name="bot_transition_pkey"),
    )
    op.create_table(
        "bot_journal",
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("place_time", INSTANT, nullable=False),
        sa.Column("place_trade_id", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        bot_of("bot_journal"),
        words("actor"),
        words("reason"),
        sa.Column("decision", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("bot", "sequence", name="bot_journal_pkey"),
    )


def create_orders() -> None:
    exact = (
        "size", "price", "fee", "market_price", "print_size", "realised", "risk", "high", "low",
        "position", "cash", "equity",
    )  # fmt: skip
    op.create_table(
        "bot_order",
        sa.Column("time", INSTANT, nullable=False),
        sa.Column("trade_id", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("side", sa.SmallInteger, nullable=False, comment="1 buy, -1 sell"),
        sa.Column("reason", sa.SmallInteger, nullable=False),
        sa.Column("refusal", sa.SmallInteger, nullable=False),
        sa.Column("is_maker", sa.Boolean, nullable=False),
        bot_of("bot_order"),
        *(sa.Column(name, sa.Numeric, nullable=False) for name in exact),
        sa.PrimaryKeyConstraint("bot", "sequence", name="bot_order_pkey"),
    )
    op.create_index("bot_order_time", "bot_order", ["bot", "time"])


def create_accounts() -> None:
    op.create_table(
        "bot_equity",
        sa.Column("time", INSTANT, nullable=False),
        words("bot"),
        sa.Column("equity", sa.Numeric, nullable=False),
        sa.Column("position_value", sa.Numeric, nullable=False),
        sa.PrimaryKeyConstraint("bot", "time", name="bot_equity_pkey"),
    )
    op.create_table(
        "bot_account",
        sa.Column(
            "session",
            sa.Integer,
            nullable=False,
            comment="sequence of the journal entry that began it",
        ),
        bot_of("bot_account"),
        sa.Column("scales", postgresql.JSONB, nullable=False),
        sa.Column("state", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("bot", name="bot_account_pkey"),
    )
    group = sa.ForeignKey("signal_group.id", name="bot_group_group_id_fkey")
    op.create_table(
        "bot_group",
        sa.Column("time", INSTANT, nullable=False),
        sa.Column("trade_id", sa.BigInteger, nullable=False),
        sa.Column("group_id", sa.Integer, group, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("group_id", name="bot_group_pkey"),
    )


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def bot_of(table: str) -> sa.Column[str]:
    key = sa.ForeignKey("bot.name", name=f"{table}_bot_fkey")
    return sa.Column("bot", sa.Text, key, nullable=False)
