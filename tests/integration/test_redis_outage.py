"""Losing a real Redis: publishers fail at once, readers go on and are subscribed again."""

import asyncio
import logging
import time
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from database import RedisAsyncBus, RedisBus, open_async_bus, open_bus
from tests.builders import START
from tests.contract.messages import EVERY, ONE, PAYLOADS, Payload
from tests.integration.proxy import Proxy, redis_proxy
from utils.clock import ManualClock
from utils.messaging import AsyncBus, AsyncSubscription, Bus, BusUnavailable, Subscription

pytestmark = pytest.mark.integration

RECOVERED_WITHIN_S = 30.0
POLL_S = 0.2
QUICK_S = 8.0
"""A socket timeout, and the noise of a busy machine."""


@pytest.fixture
def wire(redis_url: str) -> Iterator[tuple[Proxy, str]]:
    with redis_proxy(redis_url) as (proxy, url):
        yield proxy, url


@pytest.fixture
def other_bus(redis_url: str, bus_prefix: str) -> Iterator[Bus]:
    """Yield a bus that is never disturbed."""
    bus = open_bus(redis_url, prefix=bus_prefix)
    yield bus
    bus.close()


@pytest.fixture
def bus(wire: tuple[Proxy, str], bus_prefix: str) -> Iterator[RedisBus]:
    """Yield a bus behind the wire."""
    bus = open_bus(wire[1], prefix=bus_prefix)
    yield bus
    bus.close()


def receives_again(subscription: Subscription, other_bus: Bus) -> bool:
    deadline_s = time.monotonic() + RECOVERED_WITHIN_S
    while time.monotonic() < deadline_s:
        other_bus.publish(PAYLOADS, "one", Payload(1))
        if subscription.receive(POLL_S):
            return True
    return False


async def async_receives_again(subscription: AsyncSubscription, other_bus: Bus) -> bool:
    deadline_s = time.monotonic() + RECOVERED_WITHIN_S
    while time.monotonic() < deadline_s:
        other_bus.publish(PAYLOADS, "one", Payload(1))
        if await subscription.receive(POLL_S):
            return True
    return False


def publishes_again(bus: Bus) -> bool:
    deadline_s = time.monotonic() + RECOVERED_WITHIN_S
    while time.monotonic() < deadline_s:
        try:
            bus.publish(PAYLOADS, "one", Payload(1))
        except BusUnavailable:
            time.sleep(POLL_S)
        else:
            return True
    return False


async def async_publishes_again(bus: AsyncBus) -> bool:
    deadline_s = time.monotonic() + RECOVERED_WITHIN_S
    while time.monotonic() < deadline_s:
        try:
            await bus.publish(PAYLOADS, "one", Payload(1))
        except BusUnavailable:
            await asyncio.sleep(POLL_S)
        else:
            return True
    return False


def test_a_publisher_fails_at_once_and_publishes_again_after(
    wire: tuple[Proxy, str], bus: RedisBus
) -> None:
    bus.publish(PAYLOADS, "one", Payload(1))
    wire[0].cut()
    begin_s = time.monotonic()
    for _ in range(100):
        with pytest.raises(BusUnavailable, match="payloads:one"):
            bus.publish(PAYLOADS, "one", Payload(1))
    assert time.monotonic() - begin_s < QUICK_S
    wire[0].restore()
    assert publishes_again(bus)


def test_a_connection_that_died_while_idle_costs_no_message(
    wire: tuple[Proxy, str], bus: RedisBus, other_bus: Bus
) -> None:
    bus.publish(PAYLOADS, "one", Payload(1))
    wire[0].cut()
    wire[0].restore()
    with other_bus.subscribe([ONE]) as subscription:
        bus.publish(PAYLOADS, "one", Payload(2))
        assert [m.value().number for m in subscription.receive(RECOVERED_WITHIN_S)] == [2]


def test_a_publisher_fails_soon_when_the_server_is_stopped(
    wire: tuple[Proxy, str], bus: RedisBus
) -> None:
    bus.publish(PAYLOADS, "one", Payload(1))
    wire[0].stall()
    begin_s = time.monotonic()
    with pytest.raises(BusUnavailable):
        bus.publish(PAYLOADS, "one", Payload(1))
    assert time.monotonic() - begin_s < QUICK_S
    wire[0].restore()
    assert publishes_again(bus)


def test_a_reader_keeps_its_time_while_redis_is_down_and_receives_again_after(
    wire: tuple[Proxy, str], bus: RedisBus, other_bus: Bus
) -> None:
    with bus.subscribe([ONE, EVERY]) as subscription:
        assert receives_again(subscription, other_bus)
        wire[0].cut()
        begin_s = time.monotonic()
        received = [subscription.receive(POLL_S) for _ in range(5)]
        assert time.monotonic() - begin_s < 5 * POLL_S + QUICK_S
        assert received[-1] == []
        wire[0].restore()
        assert receives_again(subscription, other_bus)


def test_a_subscription_may_be_opened_while_redis_is_down(
    wire: tuple[Proxy, str], bus: RedisBus, other_bus: Bus
) -> None:
    wire[0].cut()
    with bus.subscribe([ONE]) as subscription:
        assert subscription.receive(POLL_S) == []
        wire[0].restore()
        assert receives_again(subscription, other_bus)


def test_an_outage_is_logged_once_in_ten_seconds(
    wire: tuple[Proxy, str], bus: RedisBus, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "truetape.bus"), bus.subscribe([ONE]) as subscription:
        wire[0].cut()
        for _ in range(20):
            with pytest.raises(BusUnavailable):
                bus.publish(PAYLOADS, "one", Payload(1))
            subscription.receive(POLL_S / 4)
        wire[0].restore()
        assert publishes_again(bus)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_event_loops_live_through_it_too(
    wire: tuple[Proxy, str], other_bus: Bus, bus_prefix: str
) -> None:
    bus = open_async_bus(wire[1], prefix=bus_prefix)
    await bus.publish(PAYLOADS, "one", Payload(1))
    async with bus.subscribe([ONE]) as subscription:
        assert await async_receives_again(subscription, other_bus)
        wire[0].cut()
        begin_s = time.monotonic()
        for _ in range(5):
            with pytest.raises(BusUnavailable):
                await bus.publish(PAYLOADS, "one", Payload(1))
            received = await subscription.receive(POLL_S)
        assert time.monotonic() - begin_s < 5 * POLL_S + QUICK_S
        assert received == []
        wire[0].restore()
        assert await async_receives_again(subscription, other_bus)
        assert await async_publishes_again(bus)
    await bus.close()


async def test_a_stopped_server_does_not_stop_an_event_loop(
    wire: tuple[Proxy, str], bus_prefix: str
) -> None:
    bus = open_async_bus(wire[1], prefix=bus_prefix)
    await bus.publish(PAYLOADS, "one", Payload(1))
    wire[0].stall()
    begin_s = time.monotonic()
    with pytest.raises(BusUnavailable):
        await bus.publish(PAYLOADS, "one", Payload(1))
    async with bus.subscribe([ONE]) as subscription:
        assert await subscription.receive(POLL_S) == []
    assert time.monotonic() - begin_s < 2 * QUICK_S
    wire[0].restore()
    assert await async_publishes_again(bus)
    await bus.close()


def test_a_silent_connection_is_taken_for_dead_and_made_again(
    wire: tuple[Proxy, str], other_bus: Bus, bus_prefix: str
) -> None:
    clock = ManualClock(START)
    bus = RedisBus(Redis.from_url(wire[1]), bus_prefix, clock)
    with bus.subscribe([ONE]) as subscription:
        clock.advance(16)
        assert subscription.receive(POLL_S) == []
        clock.advance(6)
        assert subscription.receive(POLL_S) == []
        assert receives_again(subscription, other_bus)
        wire[0].stall()
        clock.advance(16)
        assert subscription.receive(POLL_S) == []
        clock.advance(6)
        assert subscription.receive(POLL_S) == []
        wire[0].restore()
        clock.advance(6)
        assert receives_again(subscription, other_bus)
    bus.close()


async def test_an_event_loops_silent_connection_is_taken_for_dead_and_made_again(
    wire: tuple[Proxy, str], other_bus: Bus, bus_prefix: str
) -> None:
    clock = ManualClock(START)
    bus = RedisAsyncBus(AsyncRedis.from_url(wire[1]), bus_prefix, clock)
    async with bus.subscribe([ONE]) as subscription:
        clock.advance(16)
        assert await subscription.receive(POLL_S) == []
        assert await async_receives_again(subscription, other_bus)
        wire[0].stall()
        clock.advance(16)
        assert await subscription.receive(POLL_S) == []
        clock.advance(6)
        assert await subscription.receive(POLL_S) == []
        wire[0].restore()
        clock.advance(6)
        assert await async_receives_again(subscription, other_bus)
    await bus.close()
