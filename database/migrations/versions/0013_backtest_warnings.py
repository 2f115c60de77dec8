"""Warnings of backtests, and a benchmark that could not buy.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and let the benchmark be undefined."""
    op.add_column(
        "backtest", sa.Column("warnings", JSONB, nullable=False, server_default=sa.text("'[]'"))
    )
    op.alter_column("backtest_equity", "benchmark", nullable=True)


def downgrade() -> None:
    """Drop the column, and the backtests whose benchmark is undefined."""
    undefined = "SELECT backtest_id FROM backtest_equity WHERE benchmark IS NULL"
    op.execute(f"DELETE FROM backtest WHERE id IN ({undefined})")
    op.alter_column("backtest_equity", "benchmark", nullable=False)
    op.drop_column("backtest", "warnings")
