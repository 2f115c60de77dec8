"""Rows for a revision that cannot do its work in SQL alone.

Prefer SQL: `ALTER .. RENAME`, `jsonb_set`, `UPDATE .. FROM`. Only such revisions can be printed by
`alembic upgrade --sql`.
"""

from alembic import context, op
from sqlalchemy import Connection

from utils.errors import ConfigError


def connection_for_rows(revision: str) -> Connection:
    """Return the connection on which a revision reads rows. Raises ConfigError under `--sql`."""
    if context.is_offline_mode():
        problem = "reads rows, so it cannot be printed: run it without --sql, on the database"
        raise ConfigError(f"revision {revision}", problem=problem)
    return op.get_bind()
