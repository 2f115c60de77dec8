"""Named layouts of the price chart.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "chart_layout",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("studies", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("name", name="chart_layout_pkey"),
    )


def downgrade() -> None:
    """Drop the table with all it holds."""
    op.drop_table("chart_layout")
