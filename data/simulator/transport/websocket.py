"""The server side of one WebSocket: frames out, texts in, and every way to end it."""

import socket
import struct
from asyncio import Transport, get_running_loop
from collections import deque
from collections.abc import Callable
from typing import cast

from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

NO_CLOSE_FRAME = 1006
_TIMEOUT_S = 10.0


def text_frame(payload: bytes) -> bytes:
    """Return a whole, unmasked, uncompressed text frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


class WebSocketConnection:
    """The frames of one client. Data beyond the transport's buffer wait, up to a limit.

    `on_text` is called with every text of the client, `on_overflow` when too much waits, `on_lost`
    when the connection has ended.
    """

    def __init__(self, protocol: ServerProtocol, transport: Transport) -> None:
        self._protocol = protocol
        self._transport = transport
        self._compresses = bool(protocol.extensions)
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._paused = False
        self._frozen = False
        self._partial = b""
        self.closing = False
        self.limit_bytes = 16 * 1024 * 1024
        self.on_text: Callable[[bytes], None] = lambda _: None
        self.on_overflow: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None

    # sending

    def send(self, payloads: list[bytes]) -> None:
        """Send texts, in order."""
        for start in range(0, len(payloads), 512):
            self._put(self._framed(payloads[start : start + 512]))

    def send_binary(self, payload: bytes) -> None:
        """Send a binary frame, which the real exchange never does."""
        if not self.closing:
            self._protocol.send_binary(payload)
            self._put(b"".join(self._protocol.data_to_send()))

    def _framed(self, payloads: list[bytes]) -> bytes:
        if not self._compresses:
            return b"".join(map(text_frame, payloads))
        if self.closing:
            return b""
        for payload in payloads:
            self._protocol.send_text(payload)
        return b"".join(self._protocol.data_to_send())

    def _put(self, data: bytes, *, last: bool = False) -> None:
        if self._frozen or (self.closing and not last) or not data:
            return
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._flush()
        if self.backlog_bytes > self.limit_bytes and not self.closing:
            self.on_overflow()

    @property
    def backlog_bytes(self) -> int:
        """Return how many bytes wait for the client, as far as this side can measure."""
        return self._waiting_bytes + self._transport.get_write_buffer_size()

    def _flush(self) -> None:
        while self._waiting and not self._paused:
            data = self._waiting.popleft()
            self._waiting_bytes -= len(data)
            self._transport.write(data)

    def shrink(self, size_bytes: int) -> None:
        """Minimize the operating system's send buffer, so that a lag shows early."""
        raw = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size_bytes)

    def pause(self) -> None:
        """Record that the transport is full."""
        self._paused = True

    def resume(self) -> None:
        """Record that the transport has capacity again."""
        self._paused = False
        self._flush()

    # receiving

    def receive(self, data: bytes) -> None:
        """Process bytes of the client."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            self._take(cast(Frame, event))
        self._put(b"".join(self._protocol.data_to_send()), last=True)
        if self._protocol.close_expected():
            self.closing = True
            self._transport.close()

    def _take(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._partial += frame.data
            if frame.fin:
                text, self._partial = self._partial, b""
                self.on_text(text)

    # closing

    def close(self, code: int, reason: str = "") -> None:
        """Close with a close frame; with 1006 end the connection without one."""
        if self.closing or self._frozen:
            return
        if code == NO_CLOSE_FRAME:
            self.drop()
            return
        self.closing = True
        self._protocol.send_close(code, reason)
        self._put(b"".join(self._protocol.data_to_send()), last=True)
        get_running_loop().call_later(_TIMEOUT_S, self._transport.abort)

    def drop(self) -> None:
        """End the connection without a close frame."""
        self.closing = True
        self._transport.abort()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        raw = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.drop()

    def freeze(self) -> None:
        """Stop reading and writing without closing."""
        self._frozen = True
        self._waiting.clear()
        self._transport.pause_reading()
