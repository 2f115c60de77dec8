"""What the two Redis buses share: all that does not wait for the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from database.messaging.channels import ChannelMap, channel_name
from database.messaging.client import MAX_MESSAGES, MESSAGE_KINDS
from database.messaging.outage import ConnectionHeartbeat, OutageLog, RetryGate
from utils.clock import Clock
from utils.codec import encode
from utils.messaging import BusUnavailable, Message, Topic

T = TypeVar("T")


class RedisPublishingState:
    """Channels and outages of a publisher, which fails at once while Redis is down."""

    def __init__(self, prefix: str, clock: Clock) -> None:
        self.prefix = prefix
        self.clock = clock
        self.outage = OutageLog(clock)
        self._gate = RetryGate(clock)

    @contextmanager
    def message(self, topic: Topic[T], key: str, value: T) -> Iterator[tuple[str, bytes]]:
        """Yield channel and content of a message to send. Raises BusUnavailable."""
        channel, raw = channel_name(self.prefix, topic, key), encode(value)
        if self._gate.wait_s > 0:
            raise BusUnavailable(f"publishing on {channel}: Redis was unreachable a moment ago")
        try:
            yield channel, raw
        except RedisError as error:
            self._gate.record_failure()
            self.outage.record_failure(error)
            raise BusUnavailable(f"publishing on {channel}: Redis is unreachable") from error
        self._gate.record_success()
        self.outage.record_success()


class RedisSubscriptionState:
    """Channels, outages and received messages of a subscription.

    Its connection is replaced whenever it fails: reconnecting is the only way to recover.
    """

    def __init__(self, channels: ChannelMap, outage: OutageLog, clock: Clock) -> None:
        self.channels = channels
        self.heartbeat = ConnectionHeartbeat(clock)
        self.gate = RetryGate(clock)
        self._outage = outage
        self._clock = clock
        self._early: list[Message[Any]] = []

    def on_connected(self) -> None:
        """Record that the server has confirmed the subscription."""
        self.heartbeat.data_received()
        self.gate.record_success()
        self._outage.record_success()

    def on_lost(self, error: RedisError) -> None:
        """Record that the connection failed."""
        self._outage.record_failure(error)
        self.gate.record_failure()

    def confirms(self, reply: dict[str, Any] | None) -> bool:
        """Return whether a reply confirms a channel; an early message is kept.

        Raises TimeoutError of Redis if there is none.
        """
        if reply is None:
            raise RedisTimeoutError("no answer to a subscription")
        if reply["type"] not in MESSAGE_KINDS:
            return True
        self._keep(reply, self._early)
        return False

    def take_early(self) -> list[Message[Any]]:
        """Return the messages that came before the confirmation, once."""
        messages, self._early = self._early, []
        return messages

    def wait_s(self, messages: list[Message[Any]], deadline_s: float) -> float | None:
        """Return how long the next read may wait; None: no more are to be read.

        Only the first read waits.
        """
        if len(messages) >= MAX_MESSAGES:
            return None
        return 0.0 if messages else max(0.0, deadline_s - self._clock.monotonic_s())

    def receive(self, reply: dict[str, Any], messages: list[Message[Any]]) -> None:
        """Add a reply to `messages`, if it is one."""
        self.heartbeat.data_received()
        if reply["type"] in MESSAGE_KINDS:
            self._keep(reply, messages)

    def require_alive(self) -> None:
        """Raise TimeoutError of Redis if a response to a ping is overdue."""
        if self.heartbeat.missed:
            raise RedisTimeoutError("no sign of life")

    def _keep(self, reply: dict[str, Any], messages: list[Message[Any]]) -> None:
        message = self.channels.message(reply["channel"], reply["data"])
        if message is not None:
            messages.append(message)
