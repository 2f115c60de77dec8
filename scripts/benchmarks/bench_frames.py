"""The exchange's side of bench_ingest.py: a process that only sends prebuilt frames."""

import asyncio
import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection as Pipe

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP")
FIRST_MS = 1_760_000_000_000
TRADES_PER_SECOND = 100
_WRITE_BYTES = 1 << 18


def frames(count: int) -> Iterator[bytes]:
    """Yield the messages of `count` trades of `trades-all`, as the exchange writes them."""
    for index in range(count):
        symbol = SYMBOLS[index % len(SYMBOLS)]
        trade_id = 1_000_000 + index // len(SYMBOLS)
        ms = FIRST_MS + index * 1000 // TRADES_PER_SECOND // len(SYMBOLS)
        price, size = 70_000 + index % 997 / 10, 1 + index % 89
        side = "buy" if index % 3 else "sell"
        yield (
            f'{{"arg":{{"channel":"trades-all","instId":"{symbol}"}},"data":[{{"instId":"{symbol}",'
            f'"tradeId":"{trade_id}","px":"{price:.1f}","sz":"0.0{size}","side":"{side}",'
            f'"ts":"{ms}","source":"0"}}]}}'
        ).encode()


def serve_frames(count: int, pipe: Pipe) -> None:
    """Serve as the exchange: acknowledge every subscription, then send all frames."""
    asyncio.run(_serve_frames(count, pipe))


async def _serve_frames(count: int, pipe: Pipe) -> None:
    wire = bytearray()
    for frame in frames(count):
        wire += Frame(Opcode.TEXT, frame).serialize(mask=False)

    async def play(socket: ServerConnection) -> None:
        for arg in json.loads(await socket.recv())["args"]:
            await socket.send(json.dumps({"event": "subscribe", "arg": arg}))
        for start in range(0, len(wire), _WRITE_BYTES):
            socket.transport.write(bytes(wire[start : start + _WRITE_BYTES]))
            await socket.drain()
        with suppress(ConnectionClosed):
            async for _ in socket:
                await socket.send("pong")

    async with serve(play, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        pipe.send(next(iter(server.sockets)).getsockname()[1])
        await asyncio.to_thread(pipe.recv)


@contextmanager
def frame_server(count: int) -> Iterator[int]:
    """Yield the port of a process that sends the frames."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve_frames, args=(count, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()
