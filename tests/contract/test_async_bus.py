"""The contract of every AsyncBus: equal to that of every Bus."""

import time
from decimal import Decimal

import pytest

from tests.contract.messages import EVERY, LONGER, NOW_S, ONE, OTHERS, PAYLOADS, SOON_S, Payload
from utils.messaging import AsyncBus, AsyncSubscription, Interest, Message


async def receive(subscription: AsyncSubscription, count: int) -> list[Message[Payload]]:
    """Receive `count` messages, and check that no more arrive."""
    messages: list[Message[Payload]] = []
    deadline_s = time.monotonic() + SOON_S
    while len(messages) < count and time.monotonic() < deadline_s:
        messages += await subscription.receive(NOW_S)
    return messages + await subscription.receive(NOW_S)


def numbers(messages: list[Message[Payload]]) -> list[int]:
    return [message.value().number for message in messages]


async def test_a_value_arrives_as_it_was_sent(async_bus: AsyncBus) -> None:
    payload = Payload(7, Decimal("0.10"))
    async with async_bus.subscribe([ONE]) as subscription:
        await async_bus.publish(PAYLOADS, "one", payload)
        (message,) = await receive(subscription, 1)
    assert message.topic is PAYLOADS
    assert message.key == "one"
    assert message.value() == payload
    assert str(message.value().amount) == "0.10"


async def test_messages_come_in_order_and_together(async_bus: AsyncBus) -> None:
    async with async_bus.subscribe([ONE]) as subscription:
        for number in range(200):
            await async_bus.publish(PAYLOADS, "one", Payload(number))
        assert numbers(await receive(subscription, 200)) == list(range(200))


async def test_every_subscriber_receives_it(async_bus: AsyncBus) -> None:
    async with async_bus.subscribe([ONE]) as first, async_bus.subscribe([EVERY]) as second:
        await async_bus.publish(PAYLOADS, "one", Payload(1))
        assert numbers(await receive(first, 1)) == [1]
        assert numbers(await receive(second, 1)) == [1]


async def test_only_the_key_that_was_requested_is_received(async_bus: AsyncBus) -> None:
    async with async_bus.subscribe([ONE]) as subscription:
        await async_bus.publish(PAYLOADS, "two", Payload(2))
        await async_bus.publish(OTHERS, "one", Payload(3))
        await async_bus.publish(PAYLOADS, "one", Payload(1))
        assert numbers(await receive(subscription, 1)) == [1]


async def test_every_key_of_a_topic_is_received_and_no_other_topic(async_bus: AsyncBus) -> None:
    async with async_bus.subscribe([EVERY]) as subscription:
        await async_bus.publish(LONGER, "one", Payload(3))
        await async_bus.publish(PAYLOADS, "okx:BTC-USDT", Payload(1))
        await async_bus.publish(PAYLOADS, "two", Payload(2))
        messages = await receive(subscription, 2)
    assert [(message.key, message.value().number) for message in messages] == [
        ("okx:BTC-USDT", 1),
        ("two", 2),
    ]


async def test_several_topics_are_distinguished(async_bus: AsyncBus) -> None:
    async with async_bus.subscribe([ONE, Interest(OTHERS)]) as subscription:
        await async_bus.publish(PAYLOADS, "one", Payload(1))
        await async_bus.publish(OTHERS, "x", Payload(2))
        messages = await receive(subscription, 2)
    assert [(message.topic.name, message.key) for message in messages] == [
        ("payloads", "one"),
        ("others", "x"),
    ]


async def test_interests_that_overlap_bring_a_message_once(async_bus: AsyncBus) -> None:
    async with async_bus.subscribe([ONE, EVERY, ONE]) as subscription:
        await async_bus.publish(PAYLOADS, "one", Payload(1))
        assert numbers(await receive(subscription, 1)) == [1]


@pytest.mark.parametrize("key", ["*", "a?c", "[abc]", "back\\slash", "with blank", "Ω"])
async def test_a_key_is_matched_literally(async_bus: AsyncBus, key: str) -> None:
    async with async_bus.subscribe([Interest(PAYLOADS, key)]) as subscription:
        await async_bus.publish(PAYLOADS, "abc", Payload(1))
        await async_bus.publish(PAYLOADS, key, Payload(2))
        assert numbers(await receive(subscription, 1)) == [2]


async def test_nothing_is_received_from_before_or_after_the_subscription(
    async_bus: AsyncBus,
) -> None:
    await async_bus.publish(PAYLOADS, "one", Payload(1))
    async with async_bus.subscribe([ONE]) as subscription:
        assert await receive(subscription, 0) == []
    await async_bus.publish(PAYLOADS, "one", Payload(2))
    async with async_bus.subscribe([ONE]) as subscription:
        assert await receive(subscription, 0) == []


async def test_silence_ends_at_the_time_given(async_bus: AsyncBus) -> None:
    async with async_bus.subscribe([ONE]) as subscription:
        begin_s = time.monotonic()
        assert await subscription.receive(NOW_S) == []
        assert NOW_S * 0.9 <= time.monotonic() - begin_s < SOON_S


async def test_reading_without_waiting_returns_at_once(async_bus: AsyncBus) -> None:
    async with async_bus.subscribe([ONE]) as subscription:
        assert await subscription.receive(0) == []


async def test_a_large_message_arrives_whole(async_bus: AsyncBus) -> None:
    amount = Decimal("1." + "7" * 3_000_000)
    async with async_bus.subscribe([ONE]) as subscription:
        await async_bus.publish(PAYLOADS, "one", Payload(1, amount))
        await async_bus.publish(PAYLOADS, "one", Payload(2))
        first, second = await receive(subscription, 2)
    assert str(first.value().amount) == str(amount)
    assert second.value() == Payload(2)
