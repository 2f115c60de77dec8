"""A bus in memory."""

import asyncio
import queue
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from utils.codec import encode
from utils.messaging import (
    AsyncBus,
    AsyncSubscription,
    Bus,
    Interest,
    Message,
    Subscription,
    Topic,
    interest_in,
)

T = TypeVar("T")


class _QueueSubscription(Subscription):
    def __init__(self, interests: tuple[Interest, ...]) -> None:
        self.interests = interests
        self.queue: queue.SimpleQueue[Message[Any]] = queue.SimpleQueue()

    def receive(self, timeout_s: float) -> list[Message[Any]]:
        try:
            messages = [self.queue.get(timeout=timeout_s)]
        except queue.Empty:
            return []
        while not self.queue.empty():
            messages.append(self.queue.get_nowait())
        return messages


class InMemoryBus(Bus):
    """A bus inside one process; messages still pass through the codec."""

    def __init__(self) -> None:
        self._subscriptions: list[_QueueSubscription] = []

    def publish(self, topic: Topic[T], key: str, value: T) -> None:
        channel, raw = topic.channel(key), encode(value)
        for subscription in tuple(self._subscriptions):
            if interest_in(subscription.interests, channel):
                subscription.queue.put(Message(topic, key, raw))

    @contextmanager
    def subscribe(self, interests: Iterable[Interest]) -> Iterator[Subscription]:
        subscription = _QueueSubscription(tuple(interests))
        self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)

    def close(self) -> None:
        self._subscriptions.clear()


class _AsyncView(AsyncSubscription):
    def __init__(self, inner: Subscription) -> None:
        self._inner = inner

    async def receive(self, timeout_s: float) -> list[Message[Any]]:
        return await asyncio.to_thread(self._inner.receive, timeout_s)


class InMemoryAsyncBus(AsyncBus):
    """The asyncio interface of an InMemoryBus."""

    def __init__(self, bus: InMemoryBus) -> None:
        self._bus = bus

    async def publish(self, topic: Topic[T], key: str, value: T) -> None:
        self._bus.publish(topic, key, value)

    @asynccontextmanager
    async def subscribe(self, interests: Iterable[Interest]) -> AsyncIterator[AsyncSubscription]:
        with self._bus.subscribe(interests) as subscription:
            yield _AsyncView(subscription)

    async def close(self) -> None:
        self._bus.close()
