"""Clocks as a dependency: services use a Clock, the pure core receives times as arguments."""

import asyncio
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta


class Clock(ABC):
    """A source of the wall time and of a monotonic time."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the wall time, aware UTC."""

    @abstractmethod
    def monotonic_s(self) -> float:
        """Return seconds since a fixed instant, never going back."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the event loop."""

    @abstractmethod
    def pause(self, seconds: float) -> None:
        """Wait, blocking the calling thread."""


class SystemClock(Clock):
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


class ManualClock(Clock):
    """A clock that moves only on request: sleeping moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic_s = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._monotonic_s

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    def pause(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move both times forward."""
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds

    def jump(self, seconds: float) -> None:
        """Move the wall time alone, like a change of the machine's clock."""
        self._now += timedelta(seconds=seconds)
