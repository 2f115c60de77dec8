"""Replay a recorded session unchanged.

Lines of a recording: `T: TEXT` was received at T (seconds since 1970), `URL <- T: TEXT` was sent by
the client that recorded, `URL <-> T` is the connect. Only the received ones are sent, to every
client with any subscription; nothing is checked.
"""

import asyncio
import gzip
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import msgspec

from data.simulator.market.tape import RecordedMatch, TapeSource
from data.simulator.transport.websocket import WebSocketConnection
from utils.errors import ConfigError

_RECEIVED = re.compile(r"(\d+(?:\.\d+)?): (.*)")
_BATCH = 256


class _Arg(msgspec.Struct, rename="camel"):
    channel: str
    inst_id: str = ""


class _Trade(msgspec.Struct, rename="camel"):
    trade_id: str
    px: str
    sz: str
    side: str
    ts: str


class _Push(msgspec.Struct):
    arg: _Arg
    data: list[msgspec.Raw] = []


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """One received text and its time in seconds since 1970."""

    time_s: float
    text: bytes


@dataclass(frozen=True, slots=True)
class Capture:
    """The received texts of one session, in their order."""

    frames: list[RecordedFrame]

    def tapes(self) -> list[TapeSource]:
        """Return the trades of the session, as the source of REST."""
        rows: dict[str, dict[int, RecordedMatch]] = {}
        for frame in self.frames:
            for inst_id, row in _trades_of(frame.text):
                rows.setdefault(inst_id, {})[row.match_id] = row
        return [
            TapeSource(inst_id, [found[match_id] for match_id in sorted(found)])
            for inst_id, found in rows.items()
        ]


def read_capture(path: Path) -> Capture:
    """Read a recording, compressed or not. Raises ConfigError."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except OSError as error:
        raise ConfigError(
            str(path), problem=f"cannot be read: {error.strerror or error}"
        ) from error
    found = (_RECEIVED.fullmatch(line) for line in raw.decode().splitlines())
    frames = [RecordedFrame(float(line[1]), line[2].encode()) for line in found if line]
    if not frames:
        raise ConfigError(str(path), problem="contains no line of the form 'SECONDS: TEXT'")
    return Capture(frames)


class CapturePlayer:
    """Plays a capture to one client, from its first subscribe on."""

    def __init__(self, capture: Capture, websocket: WebSocketConnection, speed: float) -> None:
        self._capture = capture
        self._websocket = websocket
        self._speed = speed
        self._playing: asyncio.Task[None] | None = None
        websocket.on_text = self._on_text
        websocket.on_lost = self._stop

    def _on_text(self, text: bytes) -> None:
        if text == b"ping":
            self._websocket.send([b"pong"])
        elif self._playing is None:
            self._playing = asyncio.get_running_loop().create_task(self._play())

    def _stop(self) -> None:
        if self._playing is not None:
            self._playing.cancel()

    async def _play(self) -> None:
        if self._speed == 0:
            await self._play_at_once()
            return
        loop = asyncio.get_running_loop()
        started_s, first_s = loop.time(), self._capture.frames[0].time_s
        for frame in self._capture.frames:
            due_s = started_s + (frame.time_s - first_s) / self._speed
            if due_s > loop.time():
                await asyncio.sleep(due_s - loop.time())
            self._websocket.send([frame.text])

    async def _play_at_once(self) -> None:
        frames = self._capture.frames
        for start in range(0, len(frames), _BATCH):
            self._websocket.send([frame.text for frame in frames[start : start + _BATCH]])
            await asyncio.sleep(0)


def _trades_of(text: bytes) -> "list[tuple[str, RecordedMatch]]":
    try:
        push = msgspec.json.decode(text, type=_Push)
        if push.arg.channel not in ("trades", "trades-all"):
            return []
        trades = [msgspec.json.decode(raw, type=_Trade) for raw in push.data]
    except msgspec.DecodeError:
        return []
    return [
        (
            push.arg.inst_id,
            RecordedMatch(
                int(each.trade_id),
                int(each.ts),
                Decimal(each.px),
                Decimal(each.sz),
                each.side == "buy",
            ),
        )
        for each in trades
    ]
