"""Seals: digests of rows on a tape, of late rows and of candles, committed with them.

Rows stored before have none; truetape data seal adds them.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# One look-up along a key for each instrument, however much is stored.
MARK_OLD = """
    UPDATE instrument SET sealed = false
    WHERE EXISTS (SELECT FROM trade WHERE instrument_id = instrument.id)
       OR EXISTS (SELECT FROM candle WHERE instrument_id = instrument.id)
       OR EXISTS (SELECT FROM candle_check WHERE instrument_id = instrument.id)
"""


def upgrade() -> None:
    """Create the tables and columns."""
    op.create_table(
        "tape_seal",
        sa.Column("time", INSTANT, nullable=False, comment="the last row's"),
        sa.Column("trade_id", sa.BigInteger, nullable=False),
        sa.Column("after_id", sa.BigInteger, nullable=False),
        instrument_key("tape_seal"),
        sa.Column(
            "previous", sa.LargeBinary, nullable=False, comment="the digest of the link before"
        ),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "trade_id", name="tape_seal_pkey"),
    )
    op.create_index("tape_seal_instrument_id_time_idx", "tape_seal", ["instrument_id", "time"])
    op.create_table(
        "late_seal",
        sa.Column("time", INSTANT, nullable=False, comment="the minute's beginning"),
        sa.Column("rows", sa.BigInteger, nullable=False),
        instrument_key("late_seal"),
        sa.Column("digest", sa.Numeric, nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "time", name="late_seal_pkey"),
    )
    op.add_column("tape_end", sa.Column("seal_after_id", sa.BigInteger))
    op.add_column("tape_end", sa.Column("seal_previous", sa.LargeBinary))
    op.add_column("tape_end", sa.Column("seal_digest", sa.LargeBinary))
    for table in ("candle", "candle_check"):
        column = sa.Column("digest", sa.LargeBinary, comment="of all other columns")
        op.add_column(table, column)
    op.add_column(
        "instrument", sa.Column("sealed", sa.Boolean, server_default=sa.true(), nullable=False)
    )
    op.execute(MARK_OLD)


def downgrade() -> None:
    """Drop the tables and columns with all they hold."""
    op.drop_column("instrument", "sealed")
    for table in ("candle_check", "candle"):
        op.drop_column(table, "digest")
    for column in ("seal_digest", "seal_previous", "seal_after_id"):
        op.drop_column("tape_end", column)
    for table in ("late_seal", "tape_seal"):
        op.drop_table(table)


def instrument_key(table: str) -> sa.Column[int]:
    key = sa.ForeignKey("instrument.id", name=f"{table}_instrument_id_fkey")
    return sa.Column("instrument_id", sa.Integer, key, nullable=False)
