"""Every command that got a response is in the audit list, whatever fails meanwhile."""

import logging
from pathlib import Path

import pytest

from dashboard.security.audit_journal import FILE_NAME, AuditJournal
from dashboard.security.audit_log import AuditLog
from dashboard.security.authorization import AuthorizationMiddleware
from dashboard.security.roles import OWNER
from dashboard.thread_pools import ThreadPools
from tests.builders import at
from tests.dashboard_world import World
from tests.fakes import InMemoryStore
from tests.fakes.audit import InMemoryAuditRepository
from tests.web import a_server
from utils.audit import AuditEntry


def an_entry(number: int, username: str = "alice") -> AuditEntry:
    return AuditEntry(
        at=at(number), username=username, role="admin", address="127.0.0.1", action="/bots/start"
    )


def an_audit_log(store: InMemoryStore, path: Path) -> AuditLog:
    return AuditLog(InMemoryAuditRepository(store), ThreadPools(), AuditJournal(path))


async def test_what_a_killed_server_had_not_stored_is_stored_by_the_next(tmp_path: Path) -> None:
    store, path = InMemoryStore(), tmp_path / FILE_NAME
    first = an_audit_log(store, path)
    await first.add(an_entry(0))
    assert not path.exists()
    store.available = False
    await first.add(an_entry(1))
    await first.add(an_entry(2))
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open("ab") as raw:
        raw.write(b'{"at":"20')
    second = an_audit_log(store, path)
    second.note(an_entry(3))
    await second.flush()
    store.available = True
    await second.flush()
    assert not path.exists()
    assert store.audit == [an_entry(number) for number in range(4)]


async def test_what_was_stored_just_before_a_kill_is_stored_once(tmp_path: Path) -> None:
    store, path = InMemoryStore(), tmp_path / FILE_NAME
    journal = AuditJournal(path)
    for number in range(2):
        journal.append(an_entry(number))
    InMemoryAuditRepository(store).add([an_entry(0)])
    audit_log = an_audit_log(store, path)
    assert await audit_log.latest(10) == [an_entry(1), an_entry(0)]
    assert not path.exists()


async def test_a_command_is_in_the_journal_before_it_is_answered(tmp_path: Path) -> None:
    store, path = InMemoryStore(available=False), tmp_path / FILE_NAME
    audit_log = an_audit_log(store, path)
    world = World()
    server = a_server(world=world)
    routes = server._app._app._app.routes  # type: ignore[attr-defined]
    seen: list[int] = []

    async def app(_scope: object, _receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"{}"})  # type: ignore[operator]

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            seen.append(len(path.read_bytes().splitlines()) if path.exists() else 0)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"{}"}

    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/charts/layouts/delete", "headers": [],
        "user": OWNER, "client": ("127.0.0.1", 1), "root_path": "", "query_string": b"",
    }  # fmt: skip
    await AuthorizationMiddleware(app, routes, audit_log)(scope, receive, send)  # type: ignore[arg-type]
    assert seen == [1]
    assert len(path.read_bytes().splitlines()) == 1


async def test_guesses_of_anonymous_clients_push_no_command_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = InMemoryStore(available=False)
    audit_log = AuditLog(InMemoryAuditRepository(store), ThreadPools(), max_waiting=5)
    with caplog.at_level(logging.ERROR, "truetape.audit"):
        audit_log.note(an_entry(0))
        for number in range(1, 20):
            audit_log.note(an_entry(number, username=""))
        audit_log.note(an_entry(20))
    assert "audit entry dropped" in caplog.text
    store.available = True
    await audit_log.flush()
    assert [entry.username for entry in store.audit] == ["alice", "", "", "", "alice"]
