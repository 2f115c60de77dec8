"""Proofs of bots, and commands to all of them at once.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "fleet_command",
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT),
        sa.Column("number", sa.Integer, sa.Identity(always=True), nullable=False),
        sa.Column("reached", sa.Integer, nullable=False),
        *(words(name) for name in ("command", "actor", "reason")),
        sa.PrimaryKeyConstraint("number", name="fleet_command_pkey"),
    )
    op.create_index(
        "fleet_command_unanswered",
        "fleet_command",
        ["number"],
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "bot_proof",
        sa.Column("verified_at", INSTANT, nullable=False),
        sa.Column("since_time", INSTANT),
        sa.Column("since_trade_id", sa.BigInteger),
        sa.Column("until_time", INSTANT),
        sa.Column("until_trade_id", sa.BigInteger),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("orders", sa.Integer, nullable=False),
        sa.Column("marks", sa.Integer, nullable=False),
        sa.Column(
            "entries", sa.Integer, nullable=False, comment="of the journal, when it was verified"
        ),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column(
            "bot", sa.Text, sa.ForeignKey("bot.name", name="bot_proof_bot_fkey"), nullable=False
        ),
        *(words(name) for name in PROOF_WORDS),
        sa.Column("anchor", postgresql.JSONB),
        sa.PrimaryKeyConstraint("bot", "number", name="bot_proof_pkey"),
    )


def downgrade() -> None:
    """Drop the tables with all they hold."""
    op.drop_table("bot_proof")
    op.drop_table("fleet_command")


PROOF_WORDS = ("stored_digest", "replayed_digest", "code", "cause", "difference")


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
