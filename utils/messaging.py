"""The message bus: typed topics, and the ports by which processes notify each other.

A message is only a wake-up. The database is the source of truth: a lost message costs nothing
but time. The adapter is `database.messaging` (Redis).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from utils.codec import decode
from utils.errors import ServiceUnavailable

T = TypeVar("T")


class BusUnavailable(ServiceUnavailable):
    """The bus cannot be reached; messages are lost until it is back."""


@dataclass(frozen=True, slots=True)
class Topic(Generic[T]):
    """A named, typed channel; a key, such as an instrument, separates its messages."""

    name: str
    payload: type[T]

    def channel(self, key: str) -> str:
        """Return the name of the channel that carries this topic's messages for `key`."""
        return f"{self.name}:{key}"


@dataclass(frozen=True, slots=True)
class Interest:
    """What a subscriber receives: one key of a topic, or every key (`key=None`)."""

    topic: Topic[Any]
    key: str | None = None

    def matches(self, channel: str) -> bool:
        """Return whether a channel matches."""
        if self.key is None:
            return channel.startswith(f"{self.topic.name}:")
        return channel == self.topic.channel(self.key)


@dataclass(frozen=True, slots=True)
class Message(Generic[T]):
    """One message that arrived on a topic, not decoded yet."""

    topic: Topic[T]
    key: str
    raw: bytes

    def value(self) -> T:
        """Decode the payload. Raises CodecError."""
        return decode(self.topic.payload, self.raw)


class Subscription(ABC):
    """Messages of some interests, in order of arrival, from the moment of subscribing."""

    @abstractmethod
    def receive(self, timeout_s: float) -> list[Message[Any]]:
        """Wait for a message and return it with all queued behind it; empty after `timeout_s`.

        Survives an outage of the bus: returns empty (after at most `timeout_s`) and
        subscribes again by itself.
        """


class Bus(ABC):
    """The bus for a blocking loop."""

    @abstractmethod
    def publish(self, topic: Topic[T], key: str, value: T) -> None:
        """Send a value to the current subscribers. Raises BusUnavailable."""

    @abstractmethod
    def subscribe(self, interests: Iterable[Interest]) -> AbstractContextManager[Subscription]:
        """Open a subscription, active when the block is entered (if the bus is up)."""

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""


class AsyncSubscription(ABC):
    """The same as Subscription, for an event loop."""

    @abstractmethod
    async def receive(self, timeout_s: float) -> list[Message[Any]]:
        """Wait for a message; return it with all queued behind it, empty after `timeout_s`."""


class AsyncBus(ABC):
    """The bus for an event loop."""

    @abstractmethod
    async def publish(self, topic: Topic[T], key: str, value: T) -> None:
        """Send a value to the current subscribers. Raises BusUnavailable."""

    @abstractmethod
    def subscribe(
        self, interests: Iterable[Interest]
    ) -> AbstractAsyncContextManager[AsyncSubscription]:
        """Open a subscription, active when the block is entered (if the bus is up)."""

    @abstractmethod
    async def close(self) -> None:
        """Close all connections."""


def interest_in(interests: Iterable[Interest], channel: str) -> Interest | None:
    """Return the first interest that matches a channel."""
    return next((interest for interest in interests if interest.matches(channel)), None)
