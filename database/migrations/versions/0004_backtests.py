"""Kept backtests: configuration, digests, metrics, round trips, equity.

Revision ID: 0004
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    create_backtest()
    create_round_trip()
    create_equity()


def downgrade() -> None:
    """Drop the tables with all they hold."""
    for table in ("backtest_equity", "backtest_round_trip", "backtest"):
        op.drop_table(table)


def create_backtest() -> None:
    words = (
        "instrument", "timeframe", "strategy", "config_digest", "data_digest", "code_digest",
        "finer_digest", "outcome_digest", "note",
    )  # fmt: skip
    documents = ("config", "quality", "reconciled", "metrics")
    op.create_table(
        "backtest",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("start_time", INSTANT, nullable=False),
        sa.Column("end_time", INSTANT, nullable=False),
        sa.Column("drilled_candles", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in words),
        sa.Column("tags", postgresql.ARRAY(sa.Text), nullable=False),
        *(sa.Column(name, postgresql.JSONB, nullable=False) for name in documents),
        sa.PrimaryKeyConstraint("id", name="backtest_pkey"),
        sa.UniqueConstraint("config_digest", "data_digest", "code_digest", name="backtest_run_key"),
    )
    op.create_index("backtest_created_at_idx", "backtest", ["created_at"])
    op.create_index("backtest_strategy_idx", "backtest", ["strategy", "instrument"])


def create_round_trip() -> None:
    amounts = (
        "size", "entry_price", "exit_price", "entry_value", "exit_value", "fees", "profit",
        "adverse", "favourable", "risk",
    )  # fmt: skip
    op.create_table(
        "backtest_round_trip",
        backtest_key("backtest_round_trip"),
        sa.Column("entry_time", INSTANT, nullable=False),
        sa.Column("exit_time", INSTANT, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("side", sa.SmallInteger, nullable=False, comment="1 long, -1 short"),
        sa.Column("exit_reason", sa.SmallInteger, nullable=False),
        *(sa.Column(name, sa.Numeric, nullable=False) for name in amounts),
        sa.PrimaryKeyConstraint("backtest_id", "number", name="backtest_round_trip_pkey"),
    )


def create_equity() -> None:
    op.create_table(
        "backtest_equity",
        backtest_key("backtest_equity"),
        sa.Column("time", INSTANT, nullable=False),
        sa.Column("equity", sa.Numeric, nullable=False),
        sa.Column("position_value", sa.Numeric, nullable=False),
        sa.Column("benchmark", sa.Numeric, nullable=False),
        sa.PrimaryKeyConstraint("backtest_id", "time", name="backtest_equity_pkey"),
    )


def backtest_key(table: str) -> sa.Column[int]:
    key = sa.ForeignKey("backtest.id", name=f"{table}_backtest_id_fkey", ondelete="CASCADE")
    return sa.Column("backtest_id", sa.BigInteger, key, nullable=False)
