"""All sockets of one collector: shards of instruments, each read over one or more sockets."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from data.collectors.config import CollectorConfig, Endpoint, FeedRules
from data.collectors.feed.connection import CloseReason, Dialer
from data.collectors.feed.feed import ExchangeFeed, FeedListener
from data.collectors.feed.protocol import StreamProtocol
from data.collectors.feed.socket_session import SocketSession
from data.collectors.feed.subscriptions import shards
from data.market.instrument import InstrumentId
from utils.backoff import Backoff
from utils.clock import Clock

log = logging.getLogger("truetape.collector.socket")

_AT_ONCE_JITTER_S = 0.5


def reconnect_delay_s(
    close_reason: CloseReason, protocol: StreamProtocol, backoff: Backoff, penalty_s: float
) -> float:
    """Return the delay before reconnecting after a connection ended this way, in seconds."""
    if close_reason.code in protocol.immediate_codes:
        return backoff.rng.uniform(0, _AT_ONCE_JITTER_S)
    delay_s = backoff.next_delay_s()
    return max(delay_s, penalty_s) if close_reason.code in protocol.delayed_codes else delay_s


class _Running:
    """A session with the task that runs it."""

    def __init__(self, session: SocketSession, dialer: Dialer) -> None:
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
    """Keeps one socket up for some symbols: reconnects, or replaces it before it closes."""

    def __init__(
        self,
        open_session: Callable[[], SocketSession],
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

    def sessions(self) -> list[SocketSession]:
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
        delay_s = reconnect_delay_s(
            close_reason, over.session.protocol, self._backoff, self._rules.penalty_s
        )
        retry_at = self._clock.now() + timedelta(seconds=delay_s)
        self._listener.on_disconnected(close_reason.text, retry_at)
        log.warning(
            "socket closed",
            extra={"code": close_reason.code, "why": close_reason.text, "retry_in_s": delay_s},
        )
        await self._clock.sleep(delay_s)
        return self._begin()

    async def _hand_over(self, leaving: _Running) -> _Running:
        """Open the replacement first, then close the socket that the exchange is about to close."""
        log.info("replacement socket opened")
        replacement = self._begin()
        await replacement.first_of(replacement.session.ready, self._rules.handover_s)
        await leaving.retire()
        self._running.remove(leaving)
        self._listener.counters.reconnects += 1
        return replacement


class SocketFeed(ExchangeFeed):
    """The shards of one collector. Each symbol may be carried by several sockets.

    `new_protocol` is called for each socket.
    """

    def __init__(
        self,
        new_protocol: Callable[[], StreamProtocol],
        instruments: Sequence[InstrumentId],
        config: CollectorConfig,
        endpoint: Endpoint,
        listener: FeedListener,
        clock: Clock,
    ) -> None:
        rules = config.feed
        dialer = Dialer(rules, direct=endpoint.is_local)

        def open_session(group: Sequence[InstrumentId]) -> SocketSession:
            protocol = new_protocol()
            url = endpoint.ws_url + protocol.path
            return SocketSession(url, group, protocol, listener, rules, clock)

        self._shards = [
            Shard(partial(open_session, group), dialer, listener, rules, clock)
            for group in shards(instruments, rules) * config.connections
        ]

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for shard in self._shards:
                tasks.create_task(shard.run())

    async def resubscribe(self, instrument: InstrumentId) -> None:
        for session in self._sessions_of(instrument):
            await session.resubscribe(instrument.symbol)

    async def reconnect(self, instrument: InstrumentId) -> None:
        for session in self._sessions_of(instrument):
            session.abort(f"{instrument} is silent")

    def _sessions_of(self, instrument: InstrumentId) -> list[SocketSession]:
        return [
            session
            for shard in self._shards
            for session in shard.sessions()
            if session.carries(instrument.symbol)
        ]
