"""An index of the commands that were not refused.

The lists of logins and of commands pass over the refusals of a guesser without reading them.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "audit_not_refused_idx",
        "audit",
        ["requested_at", "number"],
        postgresql_where=sa.text("outcome <> 'refused'"),
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("audit_not_refused_idx", "audit")
