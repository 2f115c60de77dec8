"""Wanted history: from when on candles are needed that may not be stored yet.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    key = sa.ForeignKey("instrument.id", name="history_want_instrument_id_fkey")
    op.create_table(
        "history_want",
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("instrument_id", sa.Integer, key, nullable=False),
        sa.Column("timeframe_s", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "timeframe_s", name="history_want_pkey"),
    )


def downgrade() -> None:
    """Drop the table with all it holds."""
    op.drop_table("history_want")
