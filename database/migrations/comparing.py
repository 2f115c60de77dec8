"""What of a database is ours to compare with the models."""

from typing import Any

from database.models import Base

_TABLES = Base.metadata.tables


def only_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _model: Any) -> bool:
    """Leave tables of extensions out of comparisons: Alembic's `include_object`."""
    return kind != "table" or name in _TABLES
