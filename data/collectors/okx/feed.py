"""All sockets of one OKX collector: shards of instruments, each read over one or more sockets."""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import timedelta

from data.collectors.config import FeedRules
from data.collectors.connection import CloseReason, Dialer
from data.collectors.feed import ExchangeFeed, FeedListener
from data.collectors.okx.messages import StreamArg
from data.collectors.okx.session import OkxSession
from data.market.instrument import InstrumentId
from utils.backoff import Backoff
from utils.clock import Clock

log = logging.getLogger("truetape.collector.okx")

# Close codes after which to reconnect at once: an upgrade, or no data (the stream was quiet).
_AT_ONCE = frozenset({4004})
# Slow consumer, too many channels, and HTTP's too many requests and unavailable: wait longer.
_PENALTY = frozenset({4005, 4008, 4009, 429, 503})
_AT_ONCE_JITTER_S = 0.5


def reconnect_delay_s(close_reason: CloseReason, backoff: Backoff, penalty_s: float) -> float:
    """Return the delay before reconnecting after a connection ended this way, in seconds."""
    if close_reason.code in _AT_ONCE:
        return backoff.rng.uniform(0, _AT_ONCE_JITTER_S)
    delay_s = backoff.next_delay_s()
    return max(delay_s, penalty_s) if close_reason.code in _PENALTY else delay_s


class _Running:
    """A session with the task that runs it."""

    def __init__(self, session: OkxSession, dialer: Dialer) -> None:
        self.session = session
        self.task = asyncio.create_task(session.run(dialer))

    async def first_of(self, event: asyncio.Event, timeout_s: float | None = None) -> None:
        """Wait for the event or the end of the session."""
        waiter = asyncio.create_task(event.wait())
        try:
            await asyncio.wait(
                {waiter, self.task}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            waiter.cancel()

    async def retire(self) -> None:
        """Close the session and wait until it has ended."""
        await self.session.close()
        await self.task


class Shard:
    """Keeps one socket up for some arguments: reconnects, or replaces it before it closes."""

    def __init__(
        self,
        open_session: Callable[[], OkxSession],
        dialer: Dialer,
        listener: FeedListener,
        rules: FeedRules,
        clock: Clock,
    ) -> None:
        self._open_session = open_session
        self._dialer = dialer
        self._listener = listener
        self._rules = rules
        self._clock = clock
        self._backoff = Backoff(
            first_s=rules.backoff_first_s, cap_s=rules.backoff_cap_s, rng=random.Random()
        )
        self._running: list[_Running] = []

    async def run(self) -> None:
        """Stay connected until cancelled."""
        try:
            current = self._begin()
            while True:
                await current.first_of(current.session.leaving)
                if current.task.done():
                    current = await self._reconnect(current)
                else:
                    current = await self._hand_over(current)
        finally:
            for running in self._running:
                running.task.cancel()
            await asyncio.gather(*(r.task for r in self._running), return_exceptions=True)

    def sessions(self) -> list[OkxSession]:
        """Return the running sessions; two during a hand-over."""
        return [running.session for running in self._running]

    def _begin(self) -> _Running:
        running = _Running(self._open_session(), self._dialer)
        self._running.append(running)
        return running

    async def _reconnect(self, over: _Running) -> _Running:
        self._running.remove(over)
        close_reason = over.task.result()
        since_s = over.session.live_since_s
        now_s = self._clock.monotonic_s()
        if since_s is not None and now_s - since_s >= self._rules.stable_after_s:
            self._backoff.reset()
        delay_s = reconnect_delay_s(close_reason, self._backoff, self._rules.penalty_s)
        retry_at = self._clock.now() + timedelta(seconds=delay_s)
        self._listener.on_disconnected(close_reason.text, retry_at)
        log.warning(
            "socket ended",
            extra={"code": close_reason.code, "why": close_reason.text, "retry_in_s": delay_s},
        )
        await self._clock.sleep(delay_s)
        return self._begin()

    async def _hand_over(self, leaving: _Running) -> _Running:
        """Open the replacement first, then close the socket that the exchange is about to close."""
        log.info("handing over to a new socket")
        replacement = self._begin()
        await replacement.first_of(replacement.session.ready, self._rules.handover_s)
        await leaving.retire()
        self._running.remove(leaving)
        self._listener.counters.reconnects += 1
        return replacement


class OkxFeed(ExchangeFeed):
    """The shards of one collector. Each argument may be carried by several sockets."""

    def __init__(self, shards: list[Shard], channel: str) -> None:
        self._shards = shards
        self._channel = channel

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for shard in self._shards:
                tasks.create_task(shard.run())

    async def resubscribe(self, instrument: InstrumentId) -> None:
        arg = StreamArg(self._channel, instrument.symbol)
        for session in self._sessions_of(arg):
            await session.resubscribe(arg)

    async def reconnect(self, instrument: InstrumentId) -> None:
        arg = StreamArg(self._channel, instrument.symbol)
        for session in self._sessions_of(arg):
            session.abort(f"{instrument} is silent")

    def _sessions_of(self, arg: StreamArg) -> list[OkxSession]:
        return [
            session
            for shard in self._shards
            for session in shard.sessions()
            if session.carries(arg)
        ]
