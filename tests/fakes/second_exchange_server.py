"""Tiny itself: a small exchange with WebSocket and REST on one port of this machine."""

import asyncio
import http
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from data.collectors.config import Endpoint
from tests.builders import START

MARKETS = ("BTC/USD", "ETH/USD")
FIRST_NUMBER = 50_000_010
_STEP = 10
_UNANSWERED = 4101
_TIMEOUT_S = 5.0


class TinyExchange:
    """Its deals by market, oldest first, and the sockets that joined.

    Each socket gets a ping, `ping_s` after its answer the next, and is closed without an answer.
    `requests`: paths requested by REST. `pongs`, `unanswered`: pings by what became of them.
    `connections`: sockets ever opened.
    """

    def __init__(self, ping_s: float) -> None:
        self.endpoint: Endpoint
        self.deals: dict[str, list[dict[str, Any]]] = {market: [] for market in MARKETS}
        self.requests: list[str] = []
        self.pongs = 0
        self.unanswered = 0
        self.connections = 0
        self._ping_s = ping_s
        self._joined: dict[ServerConnection, set[str]] = {}

    async def trade(
        self, market: str, price: str, *, at_s: float, maker: str = "sell", lost: bool = False
    ) -> None:
        """Add a deal, and push it unless it gets lost."""
        deals = self.deals[market]
        deal = {
            "market": market, "no": f"T-{FIRST_NUMBER + _STEP * len(deals)}", "p": price,
            "q": "0.5", "maker": maker, "at": START.timestamp() + at_s,
        }  # fmt: skip
        deals.append(deal)
        for socket, markets in list(self._joined.items()):
            if market in markets and not lost:
                await socket.send(json.dumps({"deal": deal}))

    def disconnect(self) -> None:
        """Abort every socket without a close frame."""
        for socket in self._joined:
            socket.transport.abort()
        self._joined.clear()

    @property
    def joined(self) -> set[str]:
        """Return the markets that are pushed to a socket now."""
        return set().union(*self._joined.values())

    async def serve_socket(self, socket: ServerConnection) -> None:
        """Answer the requests of one socket, and ping it."""
        self.connections += 1
        self._joined[socket] = set()
        answered = asyncio.Event()
        pinging = asyncio.create_task(self._ping(socket, answered))
        try:
            await self._read(socket, answered)
        except ConnectionClosed:
            pass
        finally:
            pinging.cancel()
            self._joined.pop(socket, None)

    async def _read(self, socket: ServerConnection, answered: asyncio.Event) -> None:
        async for text in socket:
            message = json.loads(text)
            if "pong" in message:
                self.pongs += 1
                answered.set()
            else:
                await socket.send(json.dumps(self._answer(socket, message)))

    async def _ping(self, socket: ServerConnection, answered: asyncio.Event) -> None:
        for number in count(1):
            answered.clear()
            await socket.send(json.dumps({"ping": number}))
            try:
                await asyncio.wait_for(answered.wait(), _TIMEOUT_S)
            except TimeoutError:
                self.unanswered += 1
                await socket.close(_UNANSWERED)
                return
            await asyncio.sleep(self._ping_s)

    def _answer(self, socket: ServerConnection, request: dict[str, str]) -> dict[str, str]:
        market = request["market"]
        if market not in MARKETS:
            return {"no": market, "why": "unknown market"}
        if request["do"] == "leave":
            self._joined[socket].discard(market)
            return {"left": market}
        self._joined[socket].add(market)
        return {"joined": market}

    def serve_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a REST request; None for a WebSocket."""
        url = urlsplit(request.path)
        if url.path == "/stream":
            return None
        self.requests.append(request.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        found = self._found(url.path, query)
        status = http.HTTPStatus.NOT_FOUND if found is None else http.HTTPStatus.OK
        return connection.respond(status, json.dumps(found))

    def _found(self, path: str, query: dict[str, str]) -> object:
        match path:
            case "/clock":
                return datetime.now(UTC).timestamp()
            case "/markets":
                names = (*MARKETS, "XRP/USD")
                return [{"name": n, "open": True, "tick": "0.01", "lot": "0.1"} for n in names]
            case "/deals":
                deals = self.deals[query["market"]]
                before = query.get("before")
                older = [d for d in deals if before is None or _number(d) < _number({"no": before})]
                return older[-int(query["count"]) :]
            case "/bars":
                return []
        return None


def _number(deal: dict[str, Any]) -> int:
    return int(deal["no"].removeprefix("T-"))


@asynccontextmanager
async def tiny_exchange(*, ping_s: float = 0.005) -> AsyncIterator[TinyExchange]:
    """Serve an exchange without deals."""
    exchange = TinyExchange(ping_s)
    async with serve(
        exchange.serve_socket, "127.0.0.1", 0, process_request=exchange.serve_request,
        compression=None, ping_interval=None,
    ) as server:  # fmt: skip
        port = next(iter(server.sockets)).getsockname()[1]
        address = f"127.0.0.1:{port}"
        exchange.endpoint = Endpoint(rest_url=f"http://{address}", ws_url=f"ws://{address}")
        yield exchange
