"""Retention: whole days of tapes, verified and perhaps dropped; where candles were dropped.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "tape_day",
        sa.Column("day", INSTANT, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("on_tape", sa.BigInteger, nullable=False),
        sa.Column("first_trade_id", sa.BigInteger, nullable=False),
        sa.Column("last_trade_id", sa.BigInteger, nullable=False),
        sa.Column("verified_at", INSTANT, nullable=False),
        sa.Column("dropped_at", INSTANT),
        instrument_key("tape_day"),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, comment="why it was dropped"),
        sa.Column("forced", sa.Text, nullable=False, comment="who needed it all the same"),
        sa.PrimaryKeyConstraint("instrument_id", "day", name="tape_day_pkey"),
    )
    op.create_table(
        "candle_edge",
        sa.Column("time", INSTANT, nullable=False, comment="what opens before it was dropped"),
        instrument_key("candle_edge"),
        sa.Column("timeframe_s", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "timeframe_s", name="candle_edge_pkey"),
    )


def downgrade() -> None:
    """Drop the tables with all they hold."""
    for table in ("candle_edge", "tape_day"):
        op.drop_table(table)


def instrument_key(table: str) -> sa.Column[int]:
    key = sa.ForeignKey("instrument.id", name=f"{table}_instrument_id_fkey")
    return sa.Column("instrument_id", sa.Integer, key, nullable=False)
