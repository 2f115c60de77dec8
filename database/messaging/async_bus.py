"""The bus over Redis, for event loops.

Redis holds no state: a publisher fails at once when it is down; a subscriber receives nothing,
polls the database by itself, and is subscribed again as soon as Redis is back.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from database.messaging.channels import ChannelMap
from database.messaging.client import SOCKET_TIMEOUT_S, client_options, require_redis_url
from database.messaging.session import RedisPublishingState, RedisSubscriptionState
from utils.clock import Clock, SystemClock
from utils.messaging import AsyncBus, AsyncSubscription, Interest, Message, Topic

T = TypeVar("T")


def open_async_bus(url: str, *, prefix: str) -> "RedisAsyncBus":
    """Prepare a bus; connections are opened at first use. Raises ConfigError for the URL."""
    require_redis_url(url)
    client = Redis.from_url(url, **client_options(Retry(NoBackoff(), 0, ())))
    return RedisAsyncBus(client, prefix, SystemClock())


class RedisAsyncBus(AsyncBus):
    """A connection pool for publishing, and a connection per subscription."""

    def __init__(self, client: Redis, prefix: str, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._state = RedisPublishingState(prefix, clock)

    async def publish(self, topic: Topic[T], key: str, value: T) -> None:
        with self._state.message(topic, key, value) as (channel, raw):
            try:
                await self._client.publish(channel, raw)
            except RedisConnectionError:
                # The pooled connection may have been closed while idle: retry once on a new one.
                await self._client.publish(channel, raw)

    @asynccontextmanager
    async def subscribe(self, interests: Iterable[Interest]) -> AsyncIterator[AsyncSubscription]:
        channels = ChannelMap(self._state.prefix, interests)
        state = RedisSubscriptionState(channels, self._state.outage, self._clock)
        subscription = _RedisAsyncSubscription(self._client, state, self._clock)
        try:
            await subscription.connect()
            yield subscription
        finally:
            await subscription.close()

    async def close(self) -> None:
        await self._client.aclose()


class _RedisAsyncSubscription(AsyncSubscription):
    """One connection, replaced whenever it fails."""

    def __init__(self, client: Redis, state: RedisSubscriptionState, clock: Clock) -> None:
        self._client = client
        self._state = state
        self._clock = clock
        self._pubsub: PubSub | None = None

    async def connect(self) -> None:
        """Subscribe, and wait for the server's confirmation; or record the outage."""
        try:
            self._pubsub = self._client.pubsub()
            await self._subscribe(self._pubsub)
        except RedisError as error:
            await self._lose(error)
        else:
            self._state.on_connected()

    async def receive(self, timeout_s: float) -> list[Message[Any]]:
        if self._pubsub is None:
            await self._clock.sleep(min(timeout_s, self._state.gate.wait_s))
            if self._state.gate.wait_s == 0:
                await self.connect()
            # Empty, even if connected again: what was missed is in the database.
            return []
        messages = self._state.take_early()
        try:
            await self._read(self._pubsub, messages, timeout_s)
        except RedisError as error:
            await self._lose(error)
        return messages

    async def close(self) -> None:
        """Close the connection."""
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            with suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _subscribe(self, pubsub: PubSub) -> None:
        channels = self._state.channels
        if channels.channels:
            await pubsub.subscribe(*channels.channels)
        if channels.patterns:
            await pubsub.psubscribe(*channels.patterns)
        missing = len(channels)
        while missing:
            reply = await pubsub.get_message(timeout=SOCKET_TIMEOUT_S)
            missing -= self._state.confirms(reply)

    async def _read(self, pubsub: PubSub, messages: list[Message[Any]], timeout_s: float) -> None:
        """Add what arrives to `messages`; only the first read waits."""
        if self._state.heartbeat.due:
            await pubsub.ping()
            self._state.heartbeat.ping_sent()
        deadline_s = self._clock.monotonic_s() + timeout_s
        while (wait_s := self._state.wait_s(messages, deadline_s)) is not None:
            try:
                reply = await pubsub.get_message(timeout=wait_s)
            except RedisTimeoutError:
                # A message has arrived only in part; the rest is read next time.
                break
            if reply is None:
                break
            self._state.receive(reply, messages)
        self._state.require_alive()

    async def _lose(self, error: RedisError) -> None:
        self._state.on_lost(error)
        await self.close()
