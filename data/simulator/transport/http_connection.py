"""The server's one port: every connection begins as HTTP and may become a WebSocket."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol

from data.simulator.transport.web import BadHttp, WebAnswer, WebRequest, take_request
from data.simulator.transport.websocket import WebSocketConnection

_SWITCHING_PROTOCOLS = 101
_HIGH_WATER_BYTES = 256 * 1024


class HangUp(Exception):
    """Close a client's connection without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionHandlers:
    """What handles the requests of a connection, and its limits.

    `check_upgrade` returns None to accept a WebSocket, or the answer that refuses it; it and
    `answer` may raise HangUp. `accept` takes over an accepted WebSocket, with the request's path.
    """

    answer: Callable[[WebRequest], Awaitable[WebAnswer]]
    check_upgrade: Callable[[WebRequest], WebAnswer | None]
    accept: Callable[[str, WebSocketConnection], None]
    compress: bool
    request_bytes: int


class HttpConnection(asyncio.Protocol):
    """One connection of one client."""

    def __init__(
        self, handlers: ConnectionHandlers, open_connections: "set[HttpConnection]"
    ) -> None:
        self._handlers = handlers
        self._open_connections = open_connections
        self._buffer = bytearray()
        self._websocket: WebSocketConnection | None = None
        self._answering: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER_BYTES)
        self._open_connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.closed.set_result(None)
        self._open_connections.discard(self)
        if self._answering is not None:
            self._answering.cancel()
        if self._websocket is not None:
            self._websocket.closing = True
            self._websocket.on_lost()

    def data_received(self, data: bytes) -> None:
        if self._websocket is not None:
            self._websocket.receive(data)
            return
        self._buffer += data
        if self._answering is None:
            self._next_request()

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        if self._websocket is not None:
            self._websocket.pause()

    def resume_writing(self) -> None:
        if self._websocket is not None:
            self._websocket.resume()

    def shut(self, code: int) -> None:
        """End the connection: a WebSocket with a close frame."""
        if self._websocket is not None and not self._websocket.closing:
            self._websocket.close(code)
        self._transport.close()

    def abort(self) -> None:
        """Abort the connection."""
        self._transport.abort()

    def _next_request(self) -> None:
        try:
            request = take_request(self._buffer)
        except BadHttp as error:
            self._write(WebAnswer(str(error).encode(), 400, {"Connection": "close"}))
            self._transport.close()
            return
        if request is None:
            return
        if request.upgrades:
            self._upgrade(request)
        else:
            self._answering = asyncio.get_running_loop().create_task(self._reply(request))

    async def _reply(self, request: WebRequest) -> None:
        try:
            self._write(await self._handlers.answer(request))
        except HangUp:
            self._transport.abort()
            return
        self._answering = None
        if not request.keeps_alive:
            self._transport.close()
        elif self._buffer:
            self._next_request()

    def _upgrade(self, request: WebRequest) -> None:
        try:
            refused = self._handlers.check_upgrade(request)
        except HangUp:
            self._transport.abort()
            return
        if refused is not None:
            self._write(refused)
            self._transport.close()
            return
        deflate = [ServerPerMessageDeflateFactory()] if self._handlers.compress else None
        protocol = ServerProtocol(extensions=deflate, max_size=self._handlers.request_bytes)
        protocol.receive_data(request.raw)
        response = protocol.accept(cast(Request, protocol.events_received()[0]))
        protocol.send_response(response)
        self._transport.write(b"".join(protocol.data_to_send()))
        if response.status_code != _SWITCHING_PROTOCOLS:
            self._transport.close()
            return
        self._websocket = WebSocketConnection(protocol, self._transport)
        self._handlers.accept(request.path, self._websocket)
        if self._buffer:
            self._websocket.receive(bytes(self._buffer))
            self._buffer.clear()

    def _write(self, answer: WebAnswer) -> None:
        self._transport.write(answer.encode())
