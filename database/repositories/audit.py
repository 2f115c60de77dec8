"""The audit log in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import func, insert, not_, select

from database.engine import Database
from database.models import AuditRow
from utils.audit import (
    LOGIN_PATHS,
    REFUSALS_READ,
    AuditEntry,
    AuditKind,
    AuditOutcome,
    AuditRepository,
    RepeatedRefusal,
)


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
        if kind is not None:
            is_login = AuditRow.action.in_(LOGIN_PATHS)
            statement = statement.where(
                AuditRow.outcome != AuditOutcome.REFUSED,
                is_login if kind is AuditKind.LOGINS else not_(is_login),
            )
        if username is not None:
            statement = statement.where(AuditRow.username == username)
        with self._database.session("reading the newest commands") as session:
            return [_entry(row) for row in session.scalars(statement)]

    def refusals(self, limit: int, username: str | None = None) -> list[RepeatedRefusal]:
        refused = select(AuditRow).where(AuditRow.outcome == AuditOutcome.REFUSED)
        if username is not None:
            refused = refused.where(AuditRow.username == username)
        newest_first = (AuditRow.requested_at.desc(), AuditRow.number.desc())
        read = refused.order_by(*newest_first).limit(REFUSALS_READ).subquery("refused")
        groups = (
            select(
                func.max(read.c.number).label("newest"),
                func.count().label("times"),
                func.min(read.c.requested_at).label("first_at"),
            )
            .group_by(read.c.username, read.c.address, read.c.action)
            .subquery("groups")
        )
        statement = (
            select(AuditRow, groups.c.times, groups.c.first_at)
            .join(groups, groups.c.newest == AuditRow.number)
            .order_by(*newest_first)
            .limit(limit)
        )
        with self._database.session("reading the newest refusals") as session:
            return [
                RepeatedRefusal(newest=_entry(row), count=count, first_at=first_at)
                for row, count, first_at in session.execute(statement)
            ]


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
