"""A WebSocket client that splits the frames of a busy stream in bulk.

The library parses each frame through several generators: most of the cost of receiving. An
exchange sends almost only whole, unmasked text frames, and those are split here in one short loop
over what the network delivered; everything else, and every frame larger than allowed, goes to the
library unchanged.
"""

import asyncio
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.frames import DATA_OPCODES, Frame
from websockets.protocol import Event, State

# The first byte of a whole text frame and of a whole binary one, unchanged by extensions.
_WHOLE = (0x81, 0x82)
# A second byte below this is the length; this value means that two bytes of length follow.
_LENGTH_IN_TWO_BYTES = 126


class FrameSocket(ClientConnection):
    """Received messages, taken in bulk; `recv` must not be used."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._messages: list[bytes] = []
        self._fragments: list[bytes] = []
        self._remainder = b""
        self._some = asyncio.Event()

    async def take(self) -> list[bytes]:
        """Wait for messages and return all of them. Raises ConnectionClosed after the last."""
        await self._some.wait()
        if not self._messages:
            raise self.protocol.close_exc
        messages, self._messages = self._messages, []
        if self.protocol.state is not State.CLOSED:
            self._some.clear()
        return messages

    def data_received(self, data: bytes) -> None:
        data, self._remainder = self._remainder + data, b""
        # Split here only at the border of two frames, on an open connection.
        if self.protocol.state is State.OPEN and not self.protocol.reader.buffer:
            data = self._cut(data)
        if data:
            super().data_received(data)

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame) and event.opcode in DATA_OPCODES:
            self._assemble(event)
        else:
            super().process_event(event)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._some.set()

    def _cut(self, data: bytes) -> bytes:
        """Take whole simple frames off the front; return the rest, which the library must parse.

        The start of a simple frame is kept until the rest of it arrives.
        """
        start, size, limit = 0, len(data), self.protocol.max_message_size
        messages = self._messages
        while start < size and data[start] in _WHOLE:
            body = start + 2
            length = data[start + 1] if body <= size else 0
            if length >= _LENGTH_IN_TWO_BYTES:
                if length > _LENGTH_IN_TWO_BYTES:
                    break
                body += 2
                length = data[start + 2] << 8 | data[start + 3] if body <= size else 0
            end = body + length
            if limit is not None and length > limit:
                break
            if end > size:
                self._remainder = data[start:]
                start = size
                break
            messages.append(data[body:end])
            start = end
        if messages:
            self._some.set()
        return data[start:]

    def _assemble(self, frame: Frame) -> None:
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            self._messages.append(b"".join(self._fragments))
            self._fragments.clear()
            self._some.set()
