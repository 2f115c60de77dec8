"""Signals: groups, signals, skips, requests; files of strategies and verdicts on them.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    create_groups()
    create_signals()
    create_requests()
    create_strategies()


def downgrade() -> None:
    """Drop the tables with all they hold."""
    for table in (
        "strategy_verdict", "strategy_file", "signal_request", "signal_skip", "signal",
        "signal_group",
    ):  # fmt: skip
        op.drop_table(table)


def create_groups() -> None:
    columns = ("instrument_id", "timeframe_s", "strategy", "version", "parameters")
    op.create_table(
        "signal_group",
        sa.Column("started_from", INSTANT, nullable=False),
        sa.Column("evaluated_to", INSTANT, nullable=False),
        sa.Column("id", sa.Integer, sa.Identity(always=True), nullable=False),
        key_of("signal_group", "instrument"),
        sa.Column("timeframe_s", sa.Integer, nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="signal_group_pkey"),
        sa.UniqueConstraint(*columns, name="signal_group_name_key"),
    )


def create_signals() -> None:
    op.create_table(
        "signal",
        sa.Column("close_time", INSTANT, nullable=False),
        key_of("signal", "signal_group", "group_id"),
        sa.Column(
            "direction",
            sa.SmallInteger,
            nullable=False,
            comment="the target: -1 short, 0 flat, 1 long",
        ),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("window_digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("group_id", "close_time", name="signal_pkey"),
    )
    op.create_table(
        "signal_skip",
        sa.Column("first_close_time", INSTANT, nullable=False),
        sa.Column("last_close_time", INSTANT, nullable=False),
        key_of("signal_skip", "signal_group", "group_id"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("group_id", "first_close_time", name="signal_skip_pkey"),
    )


def create_requests() -> None:
    op.create_table(
        "signal_request",
        sa.Column("asker", sa.Text, nullable=False),
        key_of("signal_request", "instrument"),
        sa.Column("timeframe_s", sa.Integer, nullable=False),
        sa.Column("allow_unverified", sa.Boolean, nullable=False),
        key_of("signal_request", "signal_group", "group_id", nullable=True),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("asker", name="signal_request_pkey"),
    )


def create_strategies() -> None:
    op.create_table(
        "strategy_file",
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("file", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("path", name="strategy_file_pkey"),
    )
    op.create_table(
        "strategy_verdict",
        sa.Column("verified_at", INSTANT, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("report", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("strategy", "version", "parameters", name="strategy_verdict_pkey"),
    )


def key_of(
    table: str, other: str, column: str = "instrument_id", *, nullable: bool = False
) -> sa.Column[int]:
    key = sa.ForeignKey(f"{other}.id", name=f"{table}_{column}_fkey")
    return sa.Column(column, sa.Integer, key, nullable=nullable)
