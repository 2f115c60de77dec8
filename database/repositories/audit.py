"""The audit log in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from database.engine import Database
from database.models import AuditRow
from utils.audit import LOGIN_PATHS, AuditEntry, AuditKind, AuditOutcome, AuditRepository


class SqlAuditRepository(AuditRepository):
    """The table `audit`: one row per command, never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entries: Sequence[AuditEntry]) -> None:
        if not entries:
            return
        values = [
            {
                "requested_at": entry.at,
                "username": entry.username,
                "role": entry.role,
                "address": entry.address,
                "action": entry.action,
                "details": entry.details,
                "outcome": entry.outcome.value,
                "note": entry.note,
            }
            for entry in entries
        ]
        with self._database.session(f"storing {len(values)} commands") as session:
            session.execute(insert(AuditRow), values)

    def latest(
        self, limit: int, kind: AuditKind | None = None, username: str | None = None
    ) -> list[AuditEntry]:
        newest_first = (AuditRow.requested_at.desc(), AuditRow.number.desc())
        statement = select(AuditRow).order_by(*newest_first).limit(limit)
        if kind is AuditKind.LOGINS:
            statement = statement.where(AuditRow.action.in_(LOGIN_PATHS))
        elif kind is AuditKind.COMMANDS:
            statement = statement.where(AuditRow.action.not_in(LOGIN_PATHS))
        if username is not None:
            statement = statement.where(AuditRow.username == username)
        with self._database.session("reading the newest commands") as session:
            return [_entry(row) for row in session.scalars(statement)]


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        at=row.requested_at,
        username=row.username,
        role=row.role,
        address=row.address,
        action=row.action,
        details=row.details,
        outcome=AuditOutcome(row.outcome),
        note=row.note,
    )
