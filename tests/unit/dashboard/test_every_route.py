"""Every route of the server: anonymous clients get nothing, and roles are enforced."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.types import ASGIApp

from dashboard.features.access.routes import ENTRIES_SHOWN
from dashboard.security.authorization import SAFE_METHODS
from dashboard.security.guard import PUBLIC_PATHS
from dashboard.security.keys import Keys, new_token
from dashboard.security.permissions import DASH_CALLBACKS, declared_permission
from dashboard.security.roles import Role
from tests.dashboard_world import World, a_user
from tests.web import HOST, ORIGIN, a_client, a_server, socket_answer

WHEN = datetime(2025, 1, 6, tzinfo=UTC)
TOKENS = {role: new_token(role.value, role, WHEN) for role in Role}
KEYS = Keys(users=(a_user(),), tokens=tuple(token for token, _ in TOKENS.values()))
WORLD = World()
SERVER = a_server(KEYS, WORLD)


def routes() -> list[BaseRoute]:
    wrapped = SERVER._app._app  # type: ignore[attr-defined]
    app: FastAPI = wrapped._app
    return app.routes


def path_of(route: BaseRoute) -> str:
    path: str = route.path  # type: ignore[attr-defined]
    return re.sub(r"\{\w+(:path)?\}", "x", path) + ("/x" if isinstance(route, Mount) else "")


def methods_of(route: BaseRoute) -> set[str]:
    return set(getattr(route, "methods", None) or {"GET"})


PAGES = sorted(
    {(method, path_of(route)) for route in routes() for method in methods_of(route)}
    - {(method, path) for path in PUBLIC_PATHS for method in ("GET", "HEAD", "POST")}
)
SOCKETS = sorted(
    {path_of(route) for route in routes() if isinstance(route, WebSocketRoute)} | {"/x"}
)
COMMANDS = sorted(
    (path_of(route), permission.role)
    for route in routes()
    if (permission := declared_permission(route)) is not None and permission.role is not None
    if methods_of(route) - SAFE_METHODS
)


@pytest.fixture
async def anonymous_client() -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(SERVER) as client:
        yield client


def client_as(token: str) -> httpx.AsyncClient:
    return a_client(SERVER, token)


def test_there_are_routes_to_test() -> None:
    assert len(PAGES) > 20
    assert len(COMMANDS) > 8
    assert "/live" in SOCKETS


@pytest.mark.parametrize(("method", "path"), PAGES)
async def test_an_anonymous_client_is_sent_to_the_login_from_every_route(
    anonymous_client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await anonymous_client.request(method, path, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert answer.content == b""


@pytest.mark.parametrize("path", SOCKETS)
async def test_an_anonymous_client_gets_no_socket(path: str) -> None:
    assert await socket_answer(SERVER, {"host": HOST, **ORIGIN}, path) == "websocket.close"


@pytest.mark.parametrize(("method", "path"), PAGES)
async def test_no_route_answers_under_another_name(
    anonymous_client: httpx.AsyncClient, method: str, path: str
) -> None:
    for host in ("evil.example", "192.168.1.5:8050", "localhost.evil.example"):
        answer = await anonymous_client.request(method, path, headers={**ORIGIN, "host": host})
        assert answer.status_code == 421


def test_every_route_but_get_names_its_required_role() -> None:
    unmarked = [
        path_of(route)
        for route in routes()
        if methods_of(route) - SAFE_METHODS and declared_permission(route) is None
    ]
    assert unmarked == []


def test_a_get_never_commands() -> None:
    marked = [
        path_of(route)
        for route in routes()
        if methods_of(route) & {"GET", "HEAD"}
        if (permission := declared_permission(route)) is not None and permission.recorded
    ]
    assert marked == []


@pytest.mark.parametrize(("path", "needed"), COMMANDS)
async def test_a_lower_role_is_refused_with_a_message_and_audited(path: str, needed: Role) -> None:
    below = [role for role in Role if not role.allows(needed)]
    for role in below:
        async with client_as(TOKENS[role][1]) as client:
            answer = await client.post(path, json={})
        assert answer.status_code == 403
        assert needed.value in answer.json()["problem"]
        entry = WORLD.store.audit[-1]
        assert (entry.username, entry.action, entry.outcome) == (
            f"token:{role.value}",
            path,
            "refused",
        )


@pytest.mark.parametrize("path", sorted({path for path, _ in COMMANDS}))
async def test_no_command_is_taken_from_another_site(
    anonymous_client: httpx.AsyncClient, path: str
) -> None:
    for origin in (
        "http://evil.example",
        "null",
        f"http://{HOST}.evil.example",
        "http://127.0.0.1",
    ):
        answer = await anonymous_client.post(path, json={}, headers={"origin": origin})
        assert answer.status_code == 403


async def test_what_is_not_declared_is_refused_to_the_admin_too() -> None:
    async with client_as(TOKENS[Role.ADMIN][1]) as admin:
        for method, path in (("POST", "/"), ("POST", "/nothing"), ("DELETE", "/x")):
            assert (await admin.request(method, path)).status_code == 403
        assert (await admin.put("/api/v1/charts/layouts")).status_code == 405


async def test_a_viewer_reads_and_requests() -> None:
    async with client_as(TOKENS[Role.VIEWER][1]) as viewer:
        assert (await viewer.get("/api/v1/backtests")).status_code == 200
        assert (
            await viewer.post("/api/v1/backtests/check", json={"values": {}})
        ).status_code == 200
        assert (await viewer.post(DASH_CALLBACKS, json={})).status_code != 403
        assert (await viewer.get("/api/v1/access/me")).json() == {
            "name": "token:viewer", "role": "viewer", "locked": True,
        }  # fmt: skip


async def test_a_token_that_is_not_known_opens_nothing() -> None:
    async with client_as("tt_guess") as client:
        answer = await client.get("/api/v1/backtests")
    assert answer.status_code == 401
    assert "token" in answer.text


async def test_a_command_is_written_down_with_its_outcome_and_without_secrets() -> None:
    async with client_as(TOKENS[Role.OPERATOR][1]) as operator:
        body: dict[str, object] = {"name": "Mine", "indicators": []}
        with_secret = body | {"api_key": "canary-7f3a"}
        unknown = await operator.post("/api/v1/charts/layouts/save", json=with_secret)
        saved = await operator.post("/api/v1/charts/layouts/save", json=body)
        wrong = await operator.post(
            "/api/v1/charts/layouts/rename", json={"name": "x", "new_name": "y"}
        )
    assert [unknown.status_code, saved.status_code, wrong.status_code] == [400, 200, 404]
    secret, done, refused = WORLD.store.audit[-3:]
    assert '"api_key":"***"' in secret.details
    assert "canary" not in f"{secret}"
    assert (done.username, done.role, done.outcome) == ("token:operator", "operator", "done")
    assert '"name":"Mine"' in done.details
    assert (refused.outcome, "layout 'x' does not exist" in refused.note) == ("refused", True)


async def test_commands_and_logins_are_listed_apart() -> None:
    world = World()
    async with a_client(a_server(KEYS, world), TOKENS[Role.ADMIN][1]) as admin:
        await admin.post("/api/v1/charts/layouts/save", json={"name": "x", "indicators": []})
        await admin.post("/api/v1/charts/layouts/rename", json={"name": "y", "new_name": "z"})
        for _ in range(3):
            await admin.post("/login", data={"password": "wrong"}, headers=ORIGIN)
        commands = (await admin.get("/api/v1/access/audit?kind=commands")).json()
        logins = (await admin.get("/api/v1/access/audit?kind=logins")).json()
        refusals = (await admin.get("/api/v1/access/refusals")).json()
        bad = await admin.get("/api/v1/access/audit?kind=x")
    assert [entry["action"] for entry in commands] == ["/api/v1/charts/layouts/save"]
    assert logins == []
    assert [(each["action"], each["count"]) for each in refusals] == [
        ("/login", 3),
        ("/api/v1/charts/layouts/rename", 1),
    ]
    assert bad.status_code == 400
    assert "'commands' or 'logins'" in bad.json()["problem"]


async def test_a_command_whose_body_is_nested_too_deep_is_answered_and_written_down() -> None:
    nested = b"[" * 1_500 + b"]" * 1_500
    async with client_as(TOKENS[Role.OPERATOR][1]) as operator:
        for body in (nested, b'{"name":"x","more":' + nested + b"}"):
            answer = await operator.post("/api/v1/charts/layouts/delete", content=body)
            assert answer.status_code == 400
            assert answer.json()["problem"]
            entry = WORLD.store.audit[-1]
            assert (entry.action, entry.outcome) == ("/api/v1/charts/layouts/delete", "refused")
            assert entry.details == "(nested too deep)"
            WORLD.store.audit.clear()


@pytest.mark.parametrize("path", sorted(PUBLIC_PATHS))
async def test_an_anonymous_client_writes_nothing_into_the_audit_log_but_logins(
    anonymous_client: httpx.AsyncClient, path: str
) -> None:
    before = list(WORLD.store.audit)
    for method in ("PUT", "DELETE", "PATCH"):
        answer = await anonymous_client.request(method, path, content=b"x" * 1_000, headers=ORIGIN)
        assert answer.status_code == 403
    assert WORLD.store.audit == before


async def test_ones_own_commands_are_seen_however_many_others_give() -> None:
    world = World()
    async with a_client(server := a_server(KEYS, world), TOKENS[Role.OPERATOR][1]) as operator:
        await operator.post("/api/v1/charts/layouts/delete", json={"name": "x"})
        other = msgspec.structs.replace(
            world.store.audit[0], username="alice", at=datetime.now(UTC)
        )
        world.store.audit.extend([other] * ENTRIES_SHOWN)
        (mine,) = (await operator.get("/api/v1/access/audit")).json()
        assert mine["username"] == "token:operator"
    async with a_client(server, TOKENS[Role.ADMIN][1]) as admin:
        assert {each["username"] for each in (await admin.get("/api/v1/access/audit")).json()} == {
            "alice"
        }


async def test_only_admins_see_what_others_were_refused() -> None:
    world = World()
    async with a_client(server := a_server(KEYS, world), TOKENS[Role.OPERATOR][1]) as operator:
        await operator.post("/api/v1/charts/layouts/rename", json={"name": "y", "new_name": "z"})
        world.store.audit.append(msgspec.structs.replace(world.store.audit[0], username="alice"))
        (mine,) = (await operator.get("/api/v1/access/refusals")).json()
        assert (mine["username"], mine["count"]) == ("token:operator", 1)
    async with a_client(server, TOKENS[Role.ADMIN][1]) as admin:
        refused = (await admin.get("/api/v1/access/refusals")).json()
    assert {each["username"] for each in refused} == {"alice", "token:operator"}


async def test_the_audit_list_waits_for_the_database() -> None:
    world = World()
    server: ASGIApp = a_server(KEYS, world)
    async with a_client(server, TOKENS[Role.ADMIN][1]) as admin:
        world.store.available = False
        answer = await admin.post("/api/v1/charts/layouts/delete", json={"name": "x"})
        assert answer.status_code == 503
        assert (await admin.get("/api/v1/access/audit")).status_code == 503
        world.store.available = True
        (entry,) = (await admin.get("/api/v1/access/audit")).json()
    assert (entry["action"], entry["outcome"]) == ("/api/v1/charts/layouts/delete", "failed")
