"""The frames to be sent to one browser: a bounded queue where newer frames replace older ones."""

import asyncio
from itertools import count

LIMIT = 256


class SlowClient(Exception):
    """A browser is too slow for frames that must not be dropped: it has to reconnect."""


class FrameOutbox:
    """Encoded frames for one browser, at most one of each key."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._frames: dict[object, bytes] = {}
        self._ready = asyncio.Event()
        self._serial = count()

    def offer(self, raw: bytes, *, replaces: str | None) -> None:
        """Add a frame; it replaces a waiting one with the same `replaces`.

        None: it replaces nothing and is never dropped.
        """
        key: object = next(self._serial) if replaces is None else replaces
        self._frames.pop(key, None)
        self._frames[key] = raw
        self._ready.set()

    @property
    def waiting(self) -> int:
        """Return how many frames wait."""
        return len(self._frames)

    async def take(self) -> list[bytes]:
        """Wait for frames and return all. Raises SlowClient if more than the limit wait."""
        await self._ready.wait()
        if len(self._frames) > self._limit:
            raise SlowClient(f"{len(self._frames)} frames queued, at most {self._limit} allowed")
        frames = list(self._frames.values())
        self._frames.clear()
        self._ready.clear()
        return frames
