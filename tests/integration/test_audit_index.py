"""The lists of logins and commands are read without the refusals of a guesser."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, text

from database import Database, open_database
from database.migrate import migrate
from database.repositories.audit import SqlAuditRepository
from tests.contract.test_audit import an_entry
from utils.audit import AuditKind, AuditOutcome

pytestmark = pytest.mark.integration

GUESSES = 2_000


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Yield a database with one login and one command, and many refused logins after them."""
    migrate(database_url)
    database = open_database(database_url)
    with database.session("emptying the audit log") as session:
        session.execute(text("TRUNCATE audit"))
    login = {"action": "/login"}
    done, refused = AuditOutcome.DONE, AuditOutcome.REFUSED
    guesses = [an_entry(minute, outcome=refused, **login) for minute in range(3, GUESSES)]
    SqlAuditRepository(database).add(
        [an_entry(1, outcome=done, **login), an_entry(2, outcome=done), *guesses]
    )
    with database.session("collecting statistics") as session:
        session.execute(text("ANALYZE audit"))
    yield database
    database.close()


@pytest.mark.parametrize("kind", AuditKind)
def test_refused_requests_are_not_read(database: Database, kind: AuditKind) -> None:
    plans: list[str] = []

    def explain(_: object, cursor: Any, statement: str, parameters: Any, *__: object) -> None:
        cursor.execute(f"EXPLAIN ANALYZE {statement}", parameters)
        plans.append("\n".join(row for (row,) in cursor.fetchall()))

    event.listen(database.engine, "before_cursor_execute", explain)
    found = SqlAuditRepository(database).latest(100, kind)
    event.remove(database.engine, "before_cursor_execute", explain)
    assert [kind.includes(entry) for entry in found] == [True]
    (plan,) = plans
    assert "audit_not_refused_idx" in plan
    assert "Rows Removed by Filter: 1\n" in plan
