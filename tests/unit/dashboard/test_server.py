"""The server as a browser's network sees it: access and headers."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Send
from starlette.websockets import WebSocketDisconnect

from dashboard.security.guard import RequestGuard
from dashboard.security.keys import Keys
from dashboard.security.listen_address import ListenAddress
from dashboard.security.login_limit import FREE_TRIES, INTERVAL_S
from dashboard.security.roles import Role
from tests.dashboard_world import INSTANCE_KEY, PASSWORD, a_user, an_authenticator
from tests.web import HOST, ORIGIN, a_client, a_server, socket_answer, socket_messages

EVERYWHERE = (
    "/", "/nowhere", "/_dash-layout", "/_dash-dependencies", "/assets/boot.js", "/logout",
    "/_dash-component-suites/dash_tvlwc/dash_tvlwc.min.js", "/docs", "/openapi.json",
)  # fmt: skip


@pytest.fixture(scope="module")
def open_server() -> ASGIApp:
    return a_server()


@pytest.fixture(scope="module")
def locked_server() -> ASGIApp:
    return a_server(Keys(users=(a_user(),)))


@pytest.fixture
async def client(open_server: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(open_server) as client:
        yield client


@pytest.fixture
async def guessing_client() -> AsyncIterator[httpx.AsyncClient]:
    """Yield an anonymous client at its own server: its wrong passwords would slow down others."""
    async with a_client(a_server(Keys(users=(a_user(),)))) as client:
        yield client


@pytest.fixture
async def anonymous_client(locked_server: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(locked_server) as client:
        yield client


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in EVERYWHERE:
        headers = (await client.get(path)).headers
        assert "script-src 'self' 'sha256-" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


async def test_only_assets_whose_url_names_their_version_may_be_kept(
    client: httpx.AsyncClient, anonymous_client: httpx.AsyncClient
) -> None:
    page = (await client.get("/")).text
    sources = re.findall(r"(?:src|href)=\"([^\"]+)\"", page)
    versioned = [each for each in sources if "?m=" in each or ".v" in each]
    assert len(versioned) > 20
    for path in (versioned[0], versioned[-1]):
        assert "immutable" in (await client.get(path)).headers["cache-control"]
        assert (await anonymous_client.get(path)).headers["cache-control"] == "no-store"
    for path in (
        *EVERYWHERE,
        "/login",
        "/api/v1/access/audit",
        "/healthz",
        "/assets/nowhere.js?m=1",
    ):
        assert (await client.get(path)).headers["cache-control"] == "no-store", path


async def test_a_path_that_nothing_serves_is_answered_with_404() -> None:
    server = a_server()
    # Dash adds a route that answers 200 to every path when the server starts.
    async with running(server), a_client(server) as client:
        for path in ("/", "/backtests", "/bots/a.b"):
            assert (await client.get(path)).status_code == 200, path
        for path in ("/nowhere", "/backtests/", "/nowhere/at/all"):
            answer = await client.get(path)
            assert answer.status_code == 404, path
            assert answer.text.count("/assets/") > 10, path
        for path in (
            "/openapi.json", "/docs", "/redoc", "/api/v1/backtests/nothing", "/api/v1/bots/a/b",
            "/api/", "/api/nothing", "/api/v2/access/me",
            "/_dash-nothing", "/robots.txt",
        ):  # fmt: skip
            answer = await client.get(path)
            assert answer.status_code == 404, path
            assert answer.json()["problem"] == f"Nothing is served at {path}"


async def test_the_served_page_names_no_other_host(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    sources = re.findall(r"(?:src|href)=\"([^\"]+)\"", page)
    assert sources
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)


async def test_a_foreign_host_name_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert "DASHBOARD_ALLOWED_HOSTS" in answer.text


@pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.example"}, {"origin": "null"}])
async def test_a_request_from_another_site_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/_dash-update-component", json={}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.example"}])
async def test_the_refusal_of_a_command_names_the_remedy(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/api/v1/signals/request", json={}, headers=headers)
    assert answer.status_code == 403
    assert ("another site" in answer.json()["problem"]) == bool(headers)
    assert all(word in answer.json()["remedy"] for word in ("Bearer", "users token", "Origin"))


async def test_a_body_beyond_measure_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/x", content=b"x" * 2_000_001, headers=ORIGIN)
    assert answer.status_code == 413
    for digits in ("0" * 5_000, "9" * 5_000):
        answer = await client.post("/x", headers={**ORIGIN, "content-length": digits})
        assert answer.status_code == 413
    chunked = await client.post("/x", content=chunks(), headers=ORIGIN)
    assert chunked.status_code == 411


async def chunks() -> AsyncIterator[bytes]:
    yield b"x"


async def test_sockets_from_this_site_only(open_server: ASGIApp) -> None:
    assert await socket_answer(open_server, {"host": HOST, **ORIGIN}) == "websocket.accept"
    assert await socket_answer(open_server, {"host": HOST}) == "websocket.close"
    foreign = {"host": HOST, "origin": "http://evil.example"}
    assert await socket_answer(open_server, foreign) == "websocket.close"
    assert await socket_answer(open_server, {"host": "evil.example"}) == "websocket.close"


async def test_a_binary_message_is_refused_as_a_bad_one(
    open_server: ASGIApp, caplog: pytest.LogCaptureFixture
) -> None:
    sent = await socket_messages(open_server, {"host": HOST, **ORIGIN}, b"\xff\x00")
    assert (sent[-1]["code"], sent[-1]["reason"]) == (4400, "a message must be text, was binary")
    assert not caplog.records


@pytest.mark.parametrize("path", ["/login", "/api/v1/bots/command", "/api/v1/bots/check"])
async def test_a_client_that_leaves_within_its_body_is_no_fault(
    open_server: ASGIApp, path: str
) -> None:
    messages = [
        {"type": "http.request", "body": b'{"na', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": [(b"host", HOST.encode()), (b"origin", ORIGIN["origin"].encode()),
                    (b"content-length", b"100")],
        "query_string": b"",
        "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await open_server(scope, receive, send)  # type: ignore[arg-type]
    assert [each["status"] for each in sent if "status" in each] in ([], [400])


async def test_liveness_is_public(anonymous_client: httpx.AsyncClient) -> None:
    answer = await anonymous_client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_an_anonymous_client_is_sent_to_the_login_from_every_page(
    anonymous_client: httpx.AsyncClient, path: str
) -> None:
    answer = await anonymous_client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


async def test_an_anonymous_client_gets_no_socket_and_no_callback(
    anonymous_client: httpx.AsyncClient, locked_server: ASGIApp
) -> None:
    answer = await anonymous_client.post("/_dash-update-component", json={}, headers=ORIGIN)
    assert answer.status_code == 303
    assert await socket_answer(locked_server, {"host": HOST, **ORIGIN}) == "websocket.close"


async def test_the_password_opens_everything(
    anonymous_client: httpx.AsyncClient, locked_server: ASGIApp
) -> None:
    answer = await anonymous_client.post(
        "/login", data={"password": "correct horse"}, headers=ORIGIN
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert (await anonymous_client.get("/")).status_code == 200
    session = {"cookie": cookie.partition(";")[0]}
    headers = {"host": HOST, **ORIGIN, **session}
    assert await socket_answer(locked_server, headers) == "websocket.accept"
    left = await anonymous_client.post("/logout", headers=ORIGIN)
    assert left.status_code == 303
    assert (await anonymous_client.get("/")).status_code == 303


async def test_wrong_passwords_are_refused_and_then_made_to_wait(
    guessing_client: httpx.AsyncClient,
) -> None:
    answers = [
        await guessing_client.post("/login", data={"password": "x"}, headers=ORIGIN)
        for _ in range(5)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert "Try again in" in answers[-1].text
    assert 0 < int(answers[-1].headers["retry-after"]) <= INTERVAL_S + 1
    assert (await guessing_client.get("/")).status_code == 303


async def test_the_login_page_is_only_there_with_a_password(client: httpx.AsyncClient) -> None:
    assert 'name="password"' not in (await client.get("/login")).text


async def test_broken_cookies_are_no_session(anonymous_client: httpx.AsyncClient) -> None:
    name = INSTANCE_KEY.session_cookie
    for cookie in (f"{name}=x", f"{name}=user.abc.def", "a=b; ;;=="):
        assert (await anonymous_client.get("/", headers={"cookie": cookie})).status_code == 303


async def test_whichever_page_is_opened_first_comes_with_its_assets() -> None:
    server = a_server()
    async with running(server), a_client(server) as client:
        page = (await client.get("/strategies")).text
    assert page.count("/assets/") > 10


@asynccontextmanager
async def running(server: ASGIApp) -> AsyncIterator[None]:
    """Start a server as uvicorn does, and stop it at the end."""
    started = asyncio.Event()
    leave = asyncio.Event()

    async def receive() -> dict[str, str]:
        if not started.is_set():
            return {"type": "lifespan.startup"}
        await leave.wait()
        return {"type": "lifespan.shutdown"}

    async def send(_: dict[str, str]) -> None:
        started.set()

    life = asyncio.create_task(server({"type": "lifespan"}, receive, send))  # type: ignore[arg-type]
    await started.wait()
    yield
    leave.set()
    await life


async def test_backtests_are_refused_with_a_sentence(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/backtests/run", json={"values": {}}, headers=ORIGIN)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "strategy"
    for path, status in (
        ("/api/v1/backtests/result?id=x", 400),
        ("/api/v1/backtests/result?id=7", 404),
        ("/api/v1/backtests/compared?ids=1", 400),
    ):
        answer = await client.get(path)
        assert answer.status_code == status
        assert answer.json()["problem"]


async def test_the_web_process_never_loads_the_compiler() -> None:
    code = "import sys, dashboard.server; sys.exit(bool({'numba', 'pandas'} & set(sys.modules)))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0


async def test_a_revoked_session_ends_everywhere(anonymous_client: httpx.AsyncClient) -> None:
    sent = {"password": PASSWORD}
    cookies = [
        (await anonymous_client.post("/login", data=sent, headers=ORIGIN)).headers["set-cookie"]
        for _ in range(2)
    ]
    first, second = ({"cookie": cookie.partition(";")[0]} for cookie in cookies)
    anonymous_client.cookies.clear()
    result = (await anonymous_client.get("/api/v1/access/sessions", headers=first)).json()
    for session in (each["id"] for each in result["sessions"] if each["id"] != result["current"]):
        body = {"session": session}
        await anonymous_client.post(
            "/api/v1/access/sessions/revoke", json=body, headers={**first, **ORIGIN}
        )
    assert (await anonymous_client.get("/", headers=first)).status_code == 200
    assert (await anonymous_client.get("/", headers=second)).status_code == 303


async def test_a_socket_ends_with_its_session() -> None:
    authenticator = an_authenticator(Keys(users=(a_user(),)))
    user = authenticator.keys().users[0]
    cookie = authenticator.sessions.open(user, "127.0.0.1")
    sent: list[dict[str, object]] = []
    go_on = asyncio.Event()

    async def app(_scope: object, _receive: object, send: Send) -> None:
        await send({"type": "websocket.accept"})
        await go_on.wait()
        await send({"type": "websocket.send", "text": "secret"})

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    headers = {"host": HOST, **ORIGIN, "cookie": f"{INSTANCE_KEY.session_cookie}={cookie}"}
    scope = {
        "type": "websocket",
        "path": "/live",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    guard = RequestGuard(app, ListenAddress(), authenticator, [])  # type: ignore[arg-type]
    task = asyncio.create_task(guard(scope, receive, send))
    await asyncio.sleep(0)
    (session,) = authenticator.sessions.all()
    authenticator.sessions.end(session.id)
    go_on.set()
    with pytest.raises(WebSocketDisconnect):
        await task
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]


async def test_many_tries_at_once_count_as_many() -> None:
    server = a_server(Keys(users=(a_user(),)))
    async with a_client(server) as client:
        answers = await asyncio.gather(
            *(client.post("/login", data={"password": "x"}, headers=ORIGIN) for _ in range(12))
        )
    assert [answer.status_code for answer in answers].count(401) == FREE_TRIES


async def test_a_login_requires_a_name_where_there_are_several() -> None:
    alice = a_user("alice", Role.VIEWER, "hers alone")
    async with a_client(a_server(Keys(users=(a_user(), alice)))) as client:
        assert 'name="name"' in (await client.get("/login")).text
        sent = {"name": "alice", "password": "hers alone"}
        answer = await client.post("/login", data=sent, headers=ORIGIN)
        assert answer.status_code == 303
        me = (await client.get("/api/v1/access/me")).json()
        assert (me["name"], me["role"]) == ("alice", "viewer")
        assert (
            await client.post("/api/v1/charts/layouts/delete", json={"name": "x"})
        ).status_code == 403
