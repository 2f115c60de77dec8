"""The socket that cuts frames in bulk delivers what the library itself would."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from data.collectors.feed.frames import FrameSocket


class Line(asyncio.Transport):
    """A transport that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert (high, low) != (0, 0)

    def is_closing(self) -> bool:
        return False

    def write_eof(self) -> None:
        self.sent += b"EOF"

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self.sent += b"closed"

    def abort(self) -> None:
        self.sent += b"aborted"


def an_open_socket(limit: int = 1_000_000) -> tuple[FrameSocket, Line]:
    protocol = ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=limit)
    socket, line = FrameSocket(protocol), Line()
    socket.connection_made(line)
    protocol.state = State.OPEN
    # What follows the handshake in the library's parser.
    protocol.parser = protocol.parse()
    next(protocol.parser)
    socket.response = Response(101, "Switching Protocols", {})  # type: ignore[arg-type]
    return socket, line


def wire(frames: Sequence[Frame]) -> bytes:
    return b"".join(frame.serialize(mask=False) for frame in frames)


payloads = st.one_of(
    st.binary(max_size=20),
    st.integers(120, 130).map(lambda size: b"x" * size),
    st.integers(65_530, 65_540).map(lambda size: b"y" * size),
)
whole = st.builds(lambda data: [Frame(Opcode.TEXT, data)], payloads)
binary = st.builds(lambda data: [Frame(Opcode.BINARY, data)], st.binary(max_size=20))
ping = st.just([Frame(Opcode.PING, b"?")])
fragments = st.builds(
    lambda first, second: [
        Frame(Opcode.TEXT, first, fin=False),
        Frame(Opcode.PING, b"between"),
        Frame(Opcode.CONT, second),
    ],
    st.binary(max_size=9),
    st.binary(max_size=9),
)
sessions = st.lists(st.one_of(whole, whole, whole, binary, ping, fragments), max_size=8)


def messages_of(groups: list[list[Frame]]) -> list[bytes]:
    return [
        b"".join(bytes(frame.data) for frame in group if frame.opcode is not Opcode.PING)
        for group in groups
        if group[0].opcode is not Opcode.PING
    ]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(sessions, st.lists(st.integers(1, 70_000), max_size=12))
def test_however_the_network_cuts_the_bytes_the_messages_are_the_same(
    groups: list[list[Frame]], cuts: list[int]
) -> None:
    async def receive() -> list[bytes]:
        socket, line = an_open_socket()
        data = wire([frame for group in groups for frame in group])
        for size in cuts:
            if data:
                socket.data_received(data[:size])
                data = data[size:]
        if data:
            socket.data_received(data)
        pings = sum(frame.opcode is Opcode.PING for group in groups for frame in group)
        assert line.sent.count(b"\x8a") >= bool(pings)
        return await asyncio.wait_for(socket.take(), 1) if messages_of(groups) else []

    with asyncio.Runner() as runner:
        assert runner.run(receive()) == messages_of(groups)


async def test_a_message_beyond_the_limit_ends_the_connection() -> None:
    socket, line = an_open_socket(limit=100)
    socket.data_received(wire([Frame(Opcode.TEXT, b"a" * 100)]))
    assert await socket.take() == [b"a" * 100]
    socket.data_received(wire([Frame(Opcode.TEXT, b"b" * 101)]))
    assert socket.protocol.close_sent is not None
    assert socket.protocol.close_sent.code == 1009
    assert line.sent


async def test_what_came_before_the_end_is_delivered_before_the_end_is_reported() -> None:
    socket, _ = an_open_socket()
    socket.data_received(wire([Frame(Opcode.TEXT, b"last")]))
    socket.connection_lost(None)
    assert await socket.take() == [b"last"]
    with pytest.raises(ConnectionClosed):
        await socket.take()
    with pytest.raises(ConnectionClosed):
        await socket.take()
