"""The contract of every Bus."""

import time
from decimal import Decimal

import pytest

from tests.contract.messages import EVERY, LONGER, NOW_S, ONE, OTHERS, PAYLOADS, SOON_S, Payload
from utils.messaging import Bus, Interest, Message, Subscription


def receive(subscription: Subscription, count: int) -> list[Message[Payload]]:
    """Receive `count` messages, and check that no more arrive."""
    messages: list[Message[Payload]] = []
    deadline_s = time.monotonic() + SOON_S
    while len(messages) < count and time.monotonic() < deadline_s:
        messages += subscription.receive(NOW_S)
    return messages + subscription.receive(NOW_S)


def numbers(messages: list[Message[Payload]]) -> list[int]:
    return [message.value().number for message in messages]


def test_a_value_arrives_as_it_was_sent(bus: Bus) -> None:
    payload = Payload(7, Decimal("0.10"))
    with bus.subscribe([ONE]) as subscription:
        bus.publish(PAYLOADS, "one", payload)
        (message,) = receive(subscription, 1)
    assert message.topic is PAYLOADS
    assert message.key == "one"
    assert message.value() == payload
    assert str(message.value().amount) == "0.10"


def test_messages_come_in_order_and_together(bus: Bus) -> None:
    with bus.subscribe([ONE]) as subscription:
        for number in range(200):
            bus.publish(PAYLOADS, "one", Payload(number))
        assert numbers(receive(subscription, 200)) == list(range(200))


def test_every_subscriber_receives_it(bus: Bus) -> None:
    with bus.subscribe([ONE]) as first, bus.subscribe([EVERY]) as second:
        bus.publish(PAYLOADS, "one", Payload(1))
        assert numbers(receive(first, 1)) == [1]
        assert numbers(receive(second, 1)) == [1]


def test_only_the_key_that_was_requested_is_received(bus: Bus) -> None:
    with bus.subscribe([ONE]) as subscription:
        bus.publish(PAYLOADS, "two", Payload(2))
        bus.publish(OTHERS, "one", Payload(3))
        bus.publish(PAYLOADS, "one", Payload(1))
        assert numbers(receive(subscription, 1)) == [1]


def test_every_key_of_a_topic_is_received_and_no_other_topic(bus: Bus) -> None:
    with bus.subscribe([EVERY]) as subscription:
        bus.publish(LONGER, "one", Payload(3))
        bus.publish(PAYLOADS, "okx:BTC-USDT", Payload(1))
        bus.publish(PAYLOADS, "two", Payload(2))
        messages = receive(subscription, 2)
    assert [(message.key, message.value().number) for message in messages] == [
        ("okx:BTC-USDT", 1),
        ("two", 2),
    ]


def test_several_topics_are_distinguished(bus: Bus) -> None:
    with bus.subscribe([ONE, Interest(OTHERS)]) as subscription:
        bus.publish(PAYLOADS, "one", Payload(1))
        bus.publish(OTHERS, "x", Payload(2))
        messages = receive(subscription, 2)
    assert [(message.topic.name, message.key) for message in messages] == [
        ("payloads", "one"),
        ("others", "x"),
    ]


def test_interests_that_overlap_bring_a_message_once(bus: Bus) -> None:
    with bus.subscribe([ONE, EVERY, ONE]) as subscription:
        bus.publish(PAYLOADS, "one", Payload(1))
        assert numbers(receive(subscription, 1)) == [1]


@pytest.mark.parametrize("key", ["*", "a?c", "[abc]", "back\\slash", "with blank", "Ω"])
def test_a_key_is_matched_literally(bus: Bus, key: str) -> None:
    with bus.subscribe([Interest(PAYLOADS, key)]) as subscription:
        bus.publish(PAYLOADS, "abc", Payload(1))
        bus.publish(PAYLOADS, key, Payload(2))
        assert numbers(receive(subscription, 1)) == [2]


def test_nothing_is_received_from_before_or_after_the_subscription(bus: Bus) -> None:
    bus.publish(PAYLOADS, "one", Payload(1))
    with bus.subscribe([ONE]) as subscription:
        assert receive(subscription, 0) == []
    bus.publish(PAYLOADS, "one", Payload(2))
    with bus.subscribe([ONE]) as subscription:
        assert receive(subscription, 0) == []


def test_silence_ends_at_the_time_given(bus: Bus) -> None:
    with bus.subscribe([ONE]) as subscription:
        begin_s = time.monotonic()
        assert subscription.receive(NOW_S) == []
        assert NOW_S * 0.9 <= time.monotonic() - begin_s < SOON_S


def test_reading_without_waiting_returns_at_once(bus: Bus) -> None:
    with bus.subscribe([ONE]) as subscription:
        assert subscription.receive(0) == []


def test_a_large_message_arrives_whole(bus: Bus) -> None:
    amount = Decimal("1." + "7" * 3_000_000)
    with bus.subscribe([ONE]) as subscription:
        bus.publish(PAYLOADS, "one", Payload(1, amount))
        bus.publish(PAYLOADS, "one", Payload(2))
        first, second = receive(subscription, 2)
    assert str(first.value().amount) == str(amount)
    assert second.value() == Payload(2)
