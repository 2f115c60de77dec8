"""Cancels a read request as soon as its client has disconnected."""

import asyncio
import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("truetape.dashboard")


class CancelOnDisconnect:
    """An ASGI app that is cancelled when its client disconnects before the whole response.

    Not for commands: these always finish what they have started, and are recorded.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(receive, send)
        serving = asyncio.ensure_future(self._app(scope, exchange.receive, exchange.send))
        watching = asyncio.create_task(exchange.watch())
        try:
            await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not serving.done() and not exchange.is_answered:
                serving.cancel()
                log.info("request cancelled", extra={"path": scope["path"][:200]})
            await asyncio.wait({serving})
            if not serving.cancelled():
                serving.result()
        finally:
            serving.cancel()
            watching.cancel()


class _Exchange:
    """One request and its response; messages of the client are received ahead."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._received: asyncio.Queue[Message] = asyncio.Queue()
        self.is_answered = False

    async def watch(self) -> None:
        """Receive messages up to the disconnect."""
        while True:
            message = await self._receive()
            self._received.put_nowait(message)
            if message["type"] == "http.disconnect":
                return

    async def receive(self) -> Message:
        """Return the next message of the client."""
        return await self._received.get()

    async def send(self, message: Message) -> None:
        """Send a part of the response."""
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.is_answered = True
