"""The `/live` WebSocket: one reader and one writer per browser; the first to end ends both."""

import asyncio
import logging

from fastapi import FastAPI
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.live.frame_outbox import FrameOutbox, SlowClient
from dashboard.live.hub import LiveHub
from dashboard.live.protocol import MAX_TOPICS, WatchRequest
from dashboard.live.topics import LiveTopic, parse_topic, role_of
from data.errors import InvalidValue
from utils.codec import CodecError, decode

log = logging.getLogger("truetape.dashboard")

BAD_MESSAGE = 4400
TOO_SLOW = 4408
TOO_MANY = 4429
SERVER_FAULT = 1011
SEND_TIMEOUT_S = 10.0
WATCH_INTERVAL_S = 0.05
"""Least time between two messages read from one browser: each is work for every feed."""


def add_live_route(server: FastAPI, hub: LiveHub) -> None:
    """Serve `hub` on `/live`."""

    @server.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await serve_socket(socket, hub)


async def serve_socket(socket: WebSocket, hub: LiveHub) -> None:
    """Serve one browser until it disconnects, sends a bad message or is too slow."""
    await socket.accept()
    outbox = FrameOutbox()
    try:
        hub.join(outbox, socket.user.name)
    except InvalidValue as error:
        await socket.close(TOO_MANY, str(error)[:100])
        return
    reader = asyncio.create_task(_read(socket, hub, outbox))
    writer = asyncio.create_task(_write(socket, outbox))
    try:
        done, _ = await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        await _close_with_reason(socket, done.pop())
    finally:
        hub.leave(outbox)
        for task in (reader, writer):
            task.cancel()
        await asyncio.gather(reader, writer, return_exceptions=True)


async def _read(socket: WebSocket, hub: LiveHub, outbox: FrameOutbox) -> None:
    while True:
        watch = decode(WatchRequest, await _receive_text(socket))
        if len(watch.topics) > MAX_TOPICS:
            raise InvalidValue(
                f"at most {MAX_TOPICS} topics may be watched, {len(watch.topics)} given"
            )
        parsed = (parse_topic(text) for text in watch.topics)
        topics: list[LiveTopic] = [topic for topic in parsed if topic is not None]
        for topic in topics:
            _require_role(socket, topic)
        hub.watch(outbox, topics)
        await asyncio.sleep(WATCH_INTERVAL_S)


async def _receive_text(socket: WebSocket) -> str:
    """Return the next message. Raises InvalidValue for one that is binary."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"], message.get("reason"))
    text: str | None = message.get("text")
    if text is None:
        raise InvalidValue("a message must be text, was binary")
    return text


def _require_role(socket: WebSocket, topic: LiveTopic) -> None:
    needed = role_of(topic)
    if not socket.user.role.allows(needed):
        raise InvalidValue(f"topic {topic} requires the role {needed.value}")


async def _write(socket: WebSocket, outbox: FrameOutbox) -> None:
    while True:
        frames = await outbox.take()
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await socket.send_text("[" + b",".join(frames).decode() + "]")


async def _close_with_reason(socket: WebSocket, finished: asyncio.Task[None]) -> None:
    error = finished.exception()
    if isinstance(error, SlowClient | TimeoutError):
        log.info("live connection closed: client too slow", extra={"reason": str(error)})
        await socket.close(TOO_SLOW, "too slow: reconnect")
    elif isinstance(error, CodecError | InvalidValue):
        await socket.close(BAD_MESSAGE, str(error)[:100])
    elif error is not None and not isinstance(error, WebSocketDisconnect | RuntimeError):
        log.error("live connection failed", exc_info=error)
        await socket.close(SERVER_FAULT, "server error: reconnect")
