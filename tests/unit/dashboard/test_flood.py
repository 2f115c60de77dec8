"""A viewer's flood of reads, against the whole server: no other user is affected.

The tests count work: reads that run, wait or were cancelled. No time is measured.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message

from dashboard.security.keys import Keys, new_token
from dashboard.security.roles import Role
from data import Candle, InstrumentId, Timeframe
from tests.dashboard_signals import library_files
from tests.dashboard_world import BTC, PASSWORD, World, a_user
from tests.fakes import InMemoryCandleRepository
from tests.fakes.store import InMemoryStore
from tests.inline_bots import a_bot_form
from tests.web import HOST, ORIGIN, a_client, a_server
from utils.codec import encode

WHEN = datetime(2025, 1, 6, tzinfo=UTC)
VIEWER, VIEWERS_TOKEN = new_token("viewer", Role.VIEWER, WHEN)
OPERATOR, OPERATORS_TOKEN = new_token("operator", Role.OPERATOR, WHEN)
KEYS = Keys(users=(a_user(),), tokens=(VIEWER, OPERATOR))
VALUES = {"symbol": str(BTC), "timeframe": "1m", "since": -60_000_000_000, "indicators": []}


class SlowCandles(InMemoryCandleRepository):
    """Candles of a store that blocks every read until `free` is set."""

    def __init__(self, store: InMemoryStore) -> None:
        super().__init__(store)
        self.free = threading.Event()
        self.free.set()
        self.started = 0

    def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        limit: int,
        before: datetime | None = None,
    ) -> list[Candle]:
        self.started += 1
        assert self.free.wait(60)
        return super().latest(instrument, timeframe, limit, before)


@pytest.fixture
def world() -> World:
    world = World()
    world.candles = SlowCandles(world.store)
    world.strategies.save_files(library_files())
    world.fill(minutes=5)
    return world


@pytest.fixture
def server(world: World) -> ASGIApp:
    return a_server(KEYS, world)


@pytest.fixture
async def operator(server: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(server, OPERATORS_TOKEN) as client:
        yield client


def slow(world: World) -> SlowCandles:
    assert isinstance(world.candles, SlowCandles)
    return world.candles


async def until_started(candles: SlowCandles, count: int) -> None:
    while candles.started < count:  # noqa: ASYNC110 threads count
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.02)


async def test_login_command_and_kill_are_answered_while_reads_hang(
    world: World, server: ASGIApp, operator: httpx.AsyncClient
) -> None:
    assert (await operator.post("/api/v1/bots/create", json={"values": a_bot_form()})).is_success
    candles = slow(world)
    before = candles.started
    candles.free.clear()
    async with a_client(server, VIEWERS_TOKEN) as viewer, a_client(server) as owner:
        path = f"/api/v1/candles/newest?symbol={BTC}&timeframe=1m"
        flood = [asyncio.create_task(viewer.get(path)) for _ in range(40)]
        await until_started(candles, before + 3)

        form = {"name": "admin", "password": PASSWORD}
        login = await owner.post("/login", data=form, headers=ORIGIN)
        start = await operator.post(
            "/api/v1/bots/command", json={"command": "start", "names": ["alice"]}
        )
        kill = await operator.post(
            "/api/v1/bots/command", json={"command": "kill", "all_bots": True}
        )
        ready = await operator.get("/readyz")
        rows = await operator.get("/api/v1/signals/strategies")

        assert [one.status_code for one in (login, start, kill, ready, rows)] == [
            303, 200, 200, 200, 200,
        ]  # fmt: skip
        assert "/login" in {entry.action for entry in world.store.audit}
        assert not any(one.done() for one in flood)
        assert candles.started == before + 3, "one viewer leaves a thread for reads to others"
        candles.free.set()
        assert {one.status_code for one in await asyncio.gather(*flood)} == {200}


async def test_reads_of_clients_that_hung_up_are_never_done(world: World, server: ASGIApp) -> None:
    candles = slow(world)
    before = candles.started
    candles.free.clear()
    clients = [
        DisconnectingClient(server, f"/api/v1/candles/newest?symbol={BTC}&timeframe=1m")
        for _ in range(8)
    ]
    running = [asyncio.create_task(client.send_request()) for client in clients]
    await until_started(candles, before + 3)
    for client in clients:
        client.disconnected.set()
    await asyncio.gather(*running)
    started = candles.started
    candles.free.set()
    async with a_client(server, VIEWERS_TOKEN) as viewer:
        assert (await viewer.get("/api/v1/signals/strategies")).is_success
    assert started == candles.started == before + 3
    assert not any(client.sent for client in clients)


async def test_a_command_whose_client_hung_up_is_done_and_recorded(
    world: World, server: ASGIApp
) -> None:
    client = DisconnectingClient(
        server, "/api/v1/bots/command", {"command": "kill", "all_bots": True}
    )
    client.disconnected.set()
    await client.send_request()
    (request,) = world.bots.pending_fleet_commands()
    assert request.request.command == "kill"
    assert [entry.action for entry in world.store.audit] == ["/api/v1/bots/command"]


class DisconnectingClient:
    """A client that sends a request, and closes its connection when `disconnected` is set."""

    def __init__(self, server: ASGIApp, path: str, body: Any = None) -> None:
        self._server = server
        self._target = path.partition("?")
        self._body = None if body is None else encode(body)
        self._is_sent = False
        self.disconnected = asyncio.Event()
        self.sent: list[Message] = []

    async def send_request(self) -> None:
        """Send the request and wait for its end."""
        path, _, query = self._target
        token = VIEWERS_TOKEN if self._body is None else OPERATORS_TOKEN
        headers = {"host": HOST, "authorization": f"Bearer {token}"}
        if self._body is not None:
            headers |= {"content-length": str(len(self._body))}
        scope = {
            "type": "http",
            "method": "GET" if self._body is None else "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8050),
            "scheme": "http",
            "root_path": "",
            "http_version": "1.1",
        }
        await self._server(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if not self._is_sent:
            self._is_sent = True
            return {"type": "http.request", "body": self._body or b"", "more_body": False}
        await self.disconnected.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
