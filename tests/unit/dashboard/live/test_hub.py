"""The hub between a real (in-memory) bus and browsers that are plain outboxes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from bot_manager.reporting.fleet import FleetRow
from dashboard.live.frame_outbox import FrameOutbox
from dashboard.live.hub import LiveHub
from dashboard.live.subscriptions import MAX_USER_INSTRUMENTS, MAX_USER_SOCKETS, MAX_USER_TOPICS
from dashboard.live.tape_feed import MAX_SEED_READS
from dashboard.live.topics import BotTopic, CandleTopic, LiveTopic, TradesTopic
from dashboard.services import DashboardServices
from dashboard.thread_pools import P, R, ThreadPools
from data import Cursor, InstrumentId, Timeframe
from data.errors import InvalidValue
from data.status import CollectorState
from tests.dashboard_world import BTC, ETH, World
from tests.fakes import InMemoryFleetRepository, InMemoryTradeRepository
from tests.fakes.bus import InMemoryAsyncBus
from utils.alerts.notify.formats import build_test_delivery as a_test_message
from utils.alerts.topics import ALERTS
from utils.clock import SystemClock
from utils.isolation import ItemFailures

CANDLE = CandleTopic(BTC, Timeframe.M1)
TRADES = TradesTopic(BTC)
A_TEST = a_test_message("page", "me", datetime(2026, 3, 1, tzinfo=UTC))


class Browser:
    """The frames that a browser receives."""

    def __init__(self, hub: LiveHub, user: str = "me") -> None:
        self.outbox = FrameOutbox()
        self.frames: list[dict[str, Any]] = []
        self._unread: list[dict[str, Any]] = []
        self._hub = hub
        hub.join(self.outbox, user)

    def watch(self, *topics: LiveTopic) -> None:
        self._hub.watch(self.outbox, topics)

    async def until(self, kind: str, **facts: Any) -> dict[str, Any]:
        """Read frames until one of this kind has these values."""
        async with asyncio.timeout(20):
            while True:
                if not self._unread:
                    self._unread = [json.loads(raw) for raw in await self.outbox.take()]
                frame = self._unread.pop(0)
                self.frames.append(frame)
                if frame["type"] == kind and facts.items() <= frame.items():
                    return frame

    async def until_traded(self, price: str) -> dict[str, Any]:
        """Read frames, from the first one on, until the newest trade has this price."""
        seen = [frame for frame in self.frames if frame["type"] == "trades"]
        while not seen or seen[-1]["rows"][0][1] != price:
            seen.append(await self.until("trades"))
        return seen[-1]

    async def until_close(self, price: float) -> dict[str, Any]:
        """Read frames until a bar closes at this price."""
        while True:
            frame = await self.until("bars")
            if frame["bars"][-1][4] == price:
                return frame


@pytest.fixture
def world() -> World:
    world = World()
    world.fill(minutes=10)
    world.report(CollectorState.LIVE)
    return world


@asynccontextmanager
async def a_hub(world: World) -> AsyncIterator[LiveHub]:
    hub = LiveHub(InMemoryAsyncBus(world.bus), world.services(), SystemClock())
    task = asyncio.create_task(hub.run())
    await asyncio.sleep(0.05)
    try:
        yield hub
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_browser_receives_the_epoch_and_the_feed_first(world: World) -> None:
    async with a_hub(world) as hub:
        browser = Browser(hub)
        assert (await browser.until("hello"))["epoch"] == hub.epoch
        assert (await browser.until("feed"))["feed"]["state"] in ("ok", "off")


async def test_collector_states_are_read_once_the_store_is_available(world: World) -> None:
    world.store.available = False
    async with a_hub(world) as hub:
        browser = Browser(hub)
        assert (await browser.until("feed"))["feed"]["state"] == "off"
        world.store.available = True
        async with asyncio.timeout(20):
            while (await browser.until("feed"))["feed"]["state"] != "ok":
                pass


async def test_a_trade_moves_the_watched_candle_and_tape(world: World) -> None:
    async with a_hub(world) as hub:
        browser = Browser(hub)
        browser.watch(CANDLE, TRADES)
        await browser.until("watching", numbers={str(CANDLE): 0, str(TRADES): 0})
        await browser.until("bars")
        world.btc.trade("70000.1")
        frame = await browser.until_close(70000.1)
        assert frame["topic"] == "candle.1m.simulated:BTC-USDT"
        assert frame["number"] == hub.numbers([CANDLE])[str(CANDLE)]
        trades = await browser.until_traded("70000.1")
        assert len(trades["rows"]) == 20


async def test_a_topic_without_watchers_is_not_sent(world: World) -> None:
    async with a_hub(world) as hub:
        browser = Browser(hub)
        browser.watch(TradesTopic(ETH))
        world.btc.trade()
        world.eth.trade("3400.5")
        await browser.until_traded("3400.5")
        assert all("BTC" not in each.get("topic", "") for each in browser.frames)


async def test_every_watcher_gets_the_same_frames(world: World) -> None:
    async with a_hub(world) as hub:
        browsers = [Browser(hub) for _ in range(3)]
        for browser in browsers:
            browser.watch(CANDLE)
        for browser in browsers:
            await browser.until("watching")
        await browsers[0].until("bars")
        world.btc.trade("71000")
        frames = [await browser.until_close(71000.0) for browser in browsers]
        assert frames[0] == frames[1] == frames[2]


async def test_missing_notifications_are_read_from_the_store_and_sent_to_the_browser(
    world: World,
) -> None:
    async with a_hub(world) as hub:
        browser = Browser(hub)
        browser.watch(CANDLE)
        await browser.until("bars")
        lost = world.btc.make([world.store.tapes[BTC].end.time])  # type: ignore[union-attr]
        world.btc._store(lost)
        world.btc.trade("72000")
        await browser.until("resync", topics=[str(CANDLE)])
        await browser.until_close(72000.0)


async def test_a_second_timeframe_joins_the_first(world: World) -> None:
    async with a_hub(world) as hub:
        browser = Browser(hub)
        browser.watch(CANDLE)
        await browser.until("bars")
        hourly = CandleTopic(BTC, Timeframe.H1)
        browser.watch(CANDLE, hourly)
        await browser.until("bars", topic=str(hourly))
        world.btc.trade("73000")
        await browser.until_close(73000.0)


async def test_a_client_that_leaves_is_removed(world: World) -> None:
    async with a_hub(world) as hub:
        browser = Browser(hub)
        browser.watch(CANDLE)
        await browser.until("bars")
        assert hub.subscribers == 1
        hub.leave(browser.outbox)
        assert hub.subscribers == 0
        world.btc.trade()
        await asyncio.sleep(0.2)
        assert hub.numbers([CANDLE])[str(CANDLE)] == 1


async def test_a_store_that_is_down_is_read_again(world: World) -> None:
    async with a_hub(world) as hub:
        world.store.available = False
        browser = Browser(hub)
        browser.watch(CANDLE)
        await asyncio.sleep(0.2)
        world.store.available = True
        await browser.until("bars")


async def test_messages_of_the_page_channel_reach_every_client(world: World) -> None:
    async with a_hub(world) as hub:
        browsers = [Browser(hub), Browser(hub)]
        await browsers[0].until("feed")
        for title in ("critical: bots is down", "resolved: bots is down"):
            delivery = msgspec.structs.replace(A_TEST, title=title)
            world.bus.publish(ALERTS, "process-down", delivery)
        for browser in browsers:
            assert (await browser.until("alert"))["title"] == "critical: bots is down"
            assert (await browser.until("alert"))["title"] == "resolved: bots is down"


async def test_a_change_of_the_feed_reaches_every_client(world: World) -> None:
    async with a_hub(world) as hub:
        browser = Browser(hub)
        await browser.until("feed")
        world.report(CollectorState.DISCONNECTED, problem="no route")
        frame = await browser.until("feed")
        while frame["feed"]["state"] != "reconnecting":
            frame = await browser.until("feed")
        assert frame["feed"]["unreachable"]


class _CountingPools(ThreadPools):
    """Counts how many seeds of tapes are read at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self.started = self._running = 0

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if getattr(function, "__name__", "") == "seed":
            self.started += 1
            self._running += 1
            self.most = max(self.most, self._running)
            await asyncio.sleep(0.001)
            self._running -= 1
        return await super().run(function, *args, **kwargs)


class _CountedSeeds(World):
    """A platform that counts how many tapes are read at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.pools = _CountingPools()

    def services(self) -> DashboardServices:
        return replace(super().services(), thread_pools=self.pools)


def made_up(first: int, count: int) -> list[LiveTopic]:
    return [TradesTopic(InstrumentId("none", f"X{first + at}")) for at in range(count)]


async def test_what_one_user_watches_is_bounded_and_takes_nothing_from_others() -> None:
    world = _CountedSeeds()
    world.fill(minutes=10)
    async with a_hub(world) as hub:
        hostile = [Browser(hub, "hostile") for _ in range(MAX_USER_SOCKETS)]
        for at in range(0, MAX_USER_INSTRUMENTS, 16):
            hostile[at // 16].watch(*made_up(at, 16))
        with pytest.raises(InvalidValue, match="65 instruments of one user; at most 64"):
            hostile[-1].watch(*made_up(1_000, 1))
        with pytest.raises(InvalidValue, match="64 pages of this user are connected"):
            Browser(hub, "hostile")
        other = Browser(hub, "other")
        other.watch(CANDLE)
        await other.until("bars")
        assert world.pools.started <= MAX_USER_INSTRUMENTS + 1
        assert world.pools.most <= MAX_SEED_READS
        hub.leave(hostile[0].outbox)
        Browser(hub, "hostile").watch(*made_up(2_000, 16))


async def test_the_topics_of_one_user_are_bounded(world: World) -> None:
    async with a_hub(world) as hub:
        for at in range(MAX_USER_TOPICS // 16):
            Browser(hub).watch(*(BotTopic(f"bot-{at}-{each}") for each in range(16)))
        with pytest.raises(InvalidValue, match="257 topics of one user; at most 256"):
            Browser(hub).watch(BotTopic("one-more"))
        Browser(hub).watch(BotTopic("bot-0-0"))


class _BrokenTrades(InMemoryTradeRepository):
    def end(self, instrument: InstrumentId) -> Cursor | None:
        if instrument == ETH:
            raise OverflowError("date value out of range")
        return super().end(instrument)


class _BrokenFleet(InMemoryFleetRepository):
    def rows(self, *_: object, **__: object) -> list[FleetRow]:
        raise ValueError("A string literal cannot contain NUL (0x00) characters.")


class _BrokenStores(World):
    """A platform whose bots and tape of ETH fail with unexpected errors."""

    def __init__(self) -> None:
        super().__init__()
        self.trades = _BrokenTrades(self.store)
        self.fleet = _BrokenFleet(self.store)


async def test_a_feed_that_fails_ends_no_other_and_is_named() -> None:
    world = _BrokenStores()
    world.fill(minutes=10)
    failures = ItemFailures()
    hub = LiveHub(InMemoryAsyncBus(world.bus), world.services(), SystemClock(), failures)
    running = asyncio.create_task(hub.run())
    browser, other = Browser(hub), Browser(hub)
    browser.watch(TradesTopic(ETH), BotTopic("a\0b"))
    other.watch(CANDLE)
    await other.until("bars")
    world.btc.trade("71000")
    await other.until_close(71000.0)
    await asyncio.sleep(0.1)
    assert set(failures.problems()) == {"live bots", f"live tape {ETH}"}
    assert not running.done()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
