"""One WebSocket: opened within the host's limits, kept alive, read as bytes."""

import logging
import socket
from collections.abc import Awaitable
from dataclasses import dataclass

from aiolimiter import AsyncLimiter
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from data.collectors.config import FeedRules
from data.collectors.feed.frames import FrameSocket
from data.errors import TemporaryFeedError
from utils.clock import Clock

log = logging.getLogger("truetape.collector.connection")

CLOSE_TIMEOUT_S = 2.0
# The number of checks for received data within one waiting time.
_CHECKS_PER_WAIT = 6


@dataclass(frozen=True, slots=True)
class CloseReason:
    """Why a connection ended: its close code or HTTP status, if it had one, and a text."""

    code: int | None
    text: str


class CannotConnect(TemporaryFeedError):
    """The socket could not be opened; `close_reason` holds the reason."""

    def __init__(self, url: str, close_reason: CloseReason) -> None:
        self.close_reason = close_reason
        super().__init__(f"cannot open {url}: {close_reason.text}")


class ConnectionEnded(TemporaryFeedError):
    """The socket was closed or lost; `close_reason` holds the reason."""

    def __init__(self, close_reason: CloseReason) -> None:
        self.close_reason = close_reason
        super().__init__(close_reason.text)


class Dialer:
    """Opens sockets to one host, evenly spaced within its limit. One per process and host."""

    def __init__(self, rules: FeedRules, *, direct: bool) -> None:
        self._rules = rules
        self._direct = direct
        self._limiter = AsyncLimiter(1, 1 / rules.connects_per_s)

    async def open(self, url: str) -> FrameSocket:
        """Open a socket. Raises CannotConnect."""
        async with self._limiter:
            try:
                opened = await connect(
                    url,
                    create_connection=FrameSocket,
                    open_timeout=self._rules.open_timeout_s,
                    close_timeout=CLOSE_TIMEOUT_S,
                    # Exchanges have pings of their own; the library only answers protocol pings.
                    ping_interval=None,
                    max_size=self._rules.max_frame_bytes,
                    # Small frames: inflating them costs more than it saves.
                    compression=None,
                    proxy=None if self._direct else True,
                )
            except InvalidStatus as error:
                status = error.response.status_code
                raise CannotConnect(url, CloseReason(status, f"HTTP {status}")) from error
            except (OSError, TimeoutError, InvalidHandshake, EOFError) as error:
                text = str(error) or type(error).__name__
                raise CannotConnect(url, CloseReason(None, text)) from error
        assert isinstance(opened, FrameSocket)
        _enable_tcp_keepalive(opened)
        return opened


class Connection:
    """One open socket: receives frames until it ends, tests it when it is quiet."""

    def __init__(self, opened: FrameSocket, rules: FeedRules, clock: Clock) -> None:
        self._socket = opened
        self._rules = rules
        self._clock = clock
        self._received = True
        self._paused = False
        self._close_reason: CloseReason | None = None

    async def receive(self) -> list[bytes]:
        """Wait for frames and return all of them. Raises ConnectionEnded after the last."""
        try:
            frames = await self._socket.take()
        except ConnectionClosed as closed:
            raise ConnectionEnded(self._close_reason or _close_reason_of(closed)) from closed
        self._received = True
        return frames

    async def pause_until(self, ready: Awaitable[None]) -> None:
        """Read nothing from the network until `ready`."""
        # While reading is paused, arrivals are unknown: that is not silence of the other side.
        self._paused = True
        self._socket.transport.pause_reading()
        await ready
        self._socket.transport.resume_reading()
        self._paused = False
        self._received = True

    async def keep_alive(self, ping: str | None) -> None:
        """Send `ping`, if there is one, whenever it is quiet; abort if nothing arrives then."""
        while True:
            if await self._received_within(self._rules.heartbeat_s):
                continue
            if ping is not None:
                await self.send(ping)
            if not await self._received_within(self._rules.pong_timeout_s):
                self.abort(
                    "no data and no pong received" if ping is not None else "no data received"
                )
                return

    async def send(self, text: str) -> None:
        """Send a text frame; does nothing on a closed socket."""
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            log.debug("frame not sent: the socket is closed")

    async def close(self) -> None:
        """Close with a close frame."""
        self._close_reason = CloseReason(1000, "closed by the collector")
        await self._socket.close(1000)

    def abort(self, reason: str) -> None:
        """Abort the connection without waiting for the other side."""
        self._close_reason = CloseReason(None, reason)
        self._socket.transport.abort()

    async def _received_within(self, seconds: float) -> bool:
        # A flag is the least work per frame for the busiest loop of the process.
        self._received = self._paused
        for _ in range(_CHECKS_PER_WAIT):
            await self._clock.sleep(seconds / _CHECKS_PER_WAIT)
            if self._received or self._paused:
                return True
        return False


def _close_reason_of(closed: ConnectionClosed) -> CloseReason:
    received = closed.rcvd
    if received is None:
        return CloseReason(None, str(closed))
    return CloseReason(received.code, f"{received.code} {received.reason}".strip())


def _enable_tcp_keepalive(opened: FrameSocket) -> None:
    raw = opened.transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
