"""Measure the lag of a loop."""

import asyncio

from utils.clock import Clock


class Heartbeat:
    """A loop beats at every turn, at least every `expected_s`; any excess is its lag.

    Written by the loop's thread, read by another.
    """

    def __init__(self, clock: Clock, expected_s: float) -> None:
        self._clock = clock
        self.expected_s = expected_s
        self._last_s = clock.monotonic_s()
        self._worst_s = 0.0

    def beat(self) -> None:
        """Record one turn of the loop."""
        self._worst_s = max(self._worst_s, self._late_s())
        self._last_s = self._clock.monotonic_s()

    def lag_ms(self) -> float:
        """Return the worst lag since the last call, including that of a turn that still hangs."""
        worst_s, self._worst_s = max(self._worst_s, self._late_s()), 0.0
        return worst_s * 1_000

    def _late_s(self) -> float:
        return max(0.0, self._clock.monotonic_s() - self._last_s - self.expected_s)


async def beat_forever(heartbeat: Heartbeat, clock: Clock) -> None:
    """Beat every `expected_s` in the event loop, until cancelled."""
    while True:
        heartbeat.beat()
        await clock.sleep(heartbeat.expected_s)


def start_beating(heartbeat: Heartbeat, clock: Clock) -> "asyncio.Task[None]":
    """Start to beat in the running event loop; keep a reference to the task."""
    return asyncio.create_task(beat_forever(heartbeat, clock))
