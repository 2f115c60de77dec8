"""A bare client of the simulated exchange: it checks and keeps everything."""

import asyncio
import json
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from data.simulator import Limits, Simulator, SimulatorConfig

TIMEOUT_S = 20.0
_TLS = ssl.create_default_context()  # built once: it takes longer than most tests
# Tests connect and send requests without limits.
FREE = Limits(connects_per_s=1_000, rest_rates=False)


@asynccontextmanager
async def running(limits: Limits = FREE, **settings: Any) -> AsyncIterator[Simulator]:
    """Run a simulator of bitcoin and dogecoin at fifty times the speed, by default."""
    defaults: dict[str, Any] = {"instruments": ("BTC-USDT", "DOGE-USDT"), "speed": 50.0}
    async with Simulator(SimulatorConfig(limits=limits, **(defaults | settings))) as simulator:
        yield simulator


class Client:
    """One WebSocket of one simulator, and everything that came over it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[str | bytes] = []
        self.events: list[dict[str, Any]] = []
        self._rows: defaultdict[str, list[Any]] = defaultdict(list)

    async def subscribe(self, *args: tuple[str, str], **request: str) -> None:
        """Subscribe to channels of instruments."""
        channels = [{"channel": channel, "instId": inst_id} for channel, inst_id in args]
        await self.socket.send(json.dumps({"op": "subscribe", "args": channels} | request))

    async def next(self) -> Any:
        """Return the next text as JSON, or as it is."""
        return self._take(await asyncio.wait_for(self.socket.recv(), TIMEOUT_S))

    def _take(self, frame: str | bytes) -> Any:
        self.frames.append(frame)
        found = _read(frame)
        if "event" in found:
            self.events.append(found)
        elif "data" in found:
            self._rows[found["arg"]["channel"]] += found["data"]
        return found

    async def until(self, enough: Callable[["Client"], bool]) -> None:
        """Read on until it is enough."""
        while not enough(self):
            await self.next()

    async def silence(self, seconds: float = 0.3) -> None:
        """Read on until nothing came for so long."""
        with suppress(TimeoutError):
            while True:
                frame = await asyncio.wait_for(self.socket.recv(), seconds)
                self._take(frame)

    async def closing_code(self) -> int | None:
        """Read on to the end; return the close code, None if there was no close frame."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def rows(self, channel: str) -> list[Any]:
        """Return the data of a channel so far."""
        return self._rows[channel]

    def ids(self, channel: str = "trades-all") -> list[int]:
        """Return the trade ids of a channel so far."""
        return [int(row["tradeId"]) for row in self.rows(channel)]


@asynccontextmanager
async def client(simulator: Simulator, path: str = "business") -> AsyncIterator[Client]:
    """Connect as a collector would: without the library's own pings."""
    url = f"{simulator.ws_url}/ws/v5/{path}"
    async with connect(url, ping_interval=None, compression=None, close_timeout=1) as socket:
        yield Client(socket)


@asynccontextmanager
async def following(simulator: Simulator, *, channel: str = "trades-all") -> AsyncIterator[Client]:
    """Connect and subscribe to the trades of bitcoin."""
    path = "business" if channel == "trades-all" else "public"
    async with client(simulator, path) as connected:
        await connected.subscribe((channel, "BTC-USDT"))
        yield connected


def web(simulator: Simulator) -> httpx.AsyncClient:
    """Return a client of REST and of the control API."""
    return httpx.AsyncClient(base_url=simulator.rest_url, timeout=TIMEOUT_S, verify=_TLS)


async def get(simulator: Simulator, path: str, **query: object) -> Any:
    """Return the data of a REST answer."""
    answer = await get_raw(simulator, path, **query)
    return answer.json()["data"]


async def get_raw(simulator: Simulator, path: str, **query: object) -> httpx.Response:
    """Return a REST answer as it came."""
    async with web(simulator) as caller:
        return await caller.get(f"/api/v5/{path}", params={k: str(v) for k, v in query.items()})


async def control(simulator: Simulator, method: str, path: str, body: object = None) -> Any:
    """Use the control API."""
    async with web(simulator) as caller:
        answer = await caller.request(method, f"/sim/{path}", content=json.dumps(body))
        return answer.json()


def _read(frame: str | bytes) -> Any:
    try:
        found = json.loads(frame)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
