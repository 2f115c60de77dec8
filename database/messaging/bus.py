"""The bus over Redis, for blocking loops.

Redis holds no state: a publisher fails at once when it is down; a subscriber receives nothing,
polls the database by itself, and is subscribed again as soon as Redis is back.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from database.messaging.channels import ChannelMap, channel_name
from database.messaging.client import (
    MAX_MESSAGES,
    MESSAGE_KINDS,
    SOCKET_TIMEOUT_S,
    client_options,
    require_redis_url,
)
from database.messaging.outage import ConnectionHeartbeat, OutageLog, RetryGate
from utils.clock import Clock, SystemClock
from utils.codec import encode
from utils.messaging import Bus, BusUnavailable, Interest, Message, Subscription, Topic

T = TypeVar("T")


def open_bus(url: str, *, prefix: str) -> "RedisBus":
    """Prepare a bus; connections are opened at first use. Raises ConfigError for the URL."""
    require_redis_url(url)
    client = Redis.from_url(url, **client_options(Retry(NoBackoff(), 0, ())))
    return RedisBus(client, prefix, SystemClock())


class RedisBus(Bus):
    """A connection pool for publishing, and a connection per subscription. Thread-safe."""

    def __init__(self, client: Redis, prefix: str, clock: Clock) -> None:
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._outage = OutageLog(clock)
        self._gate = RetryGate(clock)

    def publish(self, topic: Topic[T], key: str, value: T) -> None:
        channel, raw = channel_name(self._prefix, topic, key), encode(value)
        if self._gate.wait_s > 0:
            raise BusUnavailable(f"publishing on {channel}: Redis was unreachable a moment ago")
        try:
            self._send(channel, raw)
        except RedisError as error:
            self._gate.failed()
            self._outage.failed(error)
            raise BusUnavailable(f"publishing on {channel}: Redis is unreachable") from error
        self._gate.worked()
        self._outage.worked()

    @contextmanager
    def subscribe(self, interests: Iterable[Interest]) -> Iterator[Subscription]:
        channels = ChannelMap(self._prefix, interests)
        subscription = _RedisSubscription(self._client, channels, self._outage, self._clock)
        try:
            subscription.connect()
            yield subscription
        finally:
            subscription.close()

    def close(self) -> None:
        self._client.close()

    def _send(self, channel: str, raw: bytes) -> None:
        try:
            self._client.publish(channel, raw)
        except RedisConnectionError:
            # The pooled connection may have been closed while idle: retry once on a new one.
            self._client.publish(channel, raw)


class _RedisSubscription(Subscription):
    """One connection, replaced whenever it fails: reconnecting is the only way to recover."""

    def __init__(
        self, client: Redis, channels: ChannelMap, outage: OutageLog, clock: Clock
    ) -> None:
        self._client = client
        self._channels = channels
        self._outage = outage
        self._clock = clock
        self._gate = RetryGate(clock)
        self._heartbeat = ConnectionHeartbeat(clock)
        self._pubsub: PubSub | None = None
        self._early: list[Message[Any]] = []

    def connect(self) -> None:
        """Subscribe, and wait for the server's confirmation; or record the outage."""
        try:
            self._pubsub = self._client.pubsub()  # type: ignore[no-untyped-call]
            self._subscribe(self._pubsub)
        except RedisError as error:
            self._lose(error)
            return
        self._heartbeat.data_received()
        self._gate.worked()
        self._outage.worked()

    def receive(self, timeout_s: float) -> list[Message[Any]]:
        if self._pubsub is None:
            self._clock.pause(min(timeout_s, self._gate.wait_s))
            if self._gate.wait_s == 0:
                self.connect()
            # Empty, even if connected again: what was missed is in the database.
            return []
        messages, self._early = self._early, []
        try:
            self._read(self._pubsub, messages, timeout_s)
        except RedisError as error:
            self._lose(error)
        return messages

    def close(self) -> None:
        """Close the connection."""
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            with suppress(RedisError, OSError):
                pubsub.close()

    def _subscribe(self, pubsub: PubSub) -> None:
        if self._channels.channels:
            pubsub.subscribe(*self._channels.channels)
        if self._channels.patterns:
            pubsub.psubscribe(*self._channels.patterns)
        missing = len(self._channels)
        while missing:
            reply = pubsub.get_message(timeout=SOCKET_TIMEOUT_S)
            if reply is None:
                raise RedisTimeoutError("no answer to a subscription")
            if reply["type"] in MESSAGE_KINDS:
                self._keep(reply, self._early)
            else:
                missing -= 1

    def _read(self, pubsub: PubSub, messages: list[Message[Any]], timeout_s: float) -> None:
        """Add what arrives to `messages`; only the first read waits."""
        if self._heartbeat.due:
            pubsub.ping()
            self._heartbeat.ping_sent()
        deadline_s = self._clock.monotonic_s() + timeout_s
        while len(messages) < MAX_MESSAGES:
            wait_s = 0.0 if messages else max(0.0, deadline_s - self._clock.monotonic_s())
            reply = self._next(pubsub, wait_s)
            if reply is None:
                break
            self._heartbeat.data_received()
            if reply["type"] in MESSAGE_KINDS:
                self._keep(reply, messages)
        if self._heartbeat.missed:
            raise RedisTimeoutError("no sign of life")

    def _next(self, pubsub: PubSub, wait_s: float) -> dict[str, Any] | None:
        try:
            reply: dict[str, Any] | None = pubsub.get_message(timeout=wait_s)
        except RedisTimeoutError:
            # A message has arrived only in part; the rest is read next time.
            return None
        return reply

    def _keep(self, reply: dict[str, Any], messages: list[Message[Any]]) -> None:
        message = self._channels.message(reply["channel"], reply["data"])
        if message is not None:
            messages.append(message)

    def _lose(self, error: RedisError) -> None:
        self._outage.failed(error)
        self._gate.failed()
        self.close()
