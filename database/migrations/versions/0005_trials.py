"""Sweeps: studies and their trials.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "study",
        sa.Column("begun_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("id", sa.Integer, sa.Identity(always=True), nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("instrument", sa.Text, nullable=False),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("data_digest", sa.Text, nullable=False),
        sa.Column("code_digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="study_pkey"),
        sa.UniqueConstraint("digest", name="study_digest_key"),
    )
    op.create_index("study_strategy_instrument_idx", "study", ["strategy", "instrument"])
    op.create_table(
        "trial",
        sa.Column("finished_at", INSTANT, server_default=sa.func.now(), nullable=False),
        sa.Column("sharpe", sa.Double),
        sa.Column(
            "study_id",
            sa.Integer,
            sa.ForeignKey("study.id", name="trial_study_id_fkey"),
            nullable=False,
        ),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("metrics", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("study_id", "parameters", name="trial_pkey"),
    )


def downgrade() -> None:
    """Drop the tables with all they hold."""
    op.drop_table("trial")
    op.drop_table("study")
