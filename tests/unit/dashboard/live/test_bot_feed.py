"""Bots over the live socket: rows after events, money with the price, totals to all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from bot_manager.domain.lifecycle import LifecycleEvent
from bot_manager.domain.topics import BOT_STATES
from bot_manager.runtime.command_service import BotCommandService
from dashboard.features.bots.form import ExistingNames, check_bot
from dashboard.live.bot_feed import BotFeed
from dashboard.live.hub import LiveHub
from dashboard.live.subscriptions import LiveSubscriptions
from dashboard.live.topics import BotTopic, FleetTopic
from data import InstrumentId, Trade
from tests.dashboard_signals import library_files
from tests.dashboard_world import BTC, World
from tests.fakes import InMemoryTradeRepository
from tests.fakes.bus import InMemoryAsyncBus
from tests.inline_bots import InlineBotEngine, a_bot_form, from_now
from tests.unit.dashboard.live.test_hub import Browser
from utils.clock import SystemClock
from utils.errors import ServiceUnavailable
from utils.isolation import Isolation, ItemFailures
from utils.messaging import Interest


class InterruptedTrades(InMemoryTradeRepository):
    """Trades of a database that is away at first."""

    is_away = True

    def latest(self, instrument: InstrumentId, count: int) -> list[Trade]:
        if self.is_away:
            raise ServiceUnavailable("database is away")
        return super().latest(instrument, count)


@pytest.fixture
def world() -> World:
    world = World()
    world.btc.add_random_walk(from_now(-200), 60, 1)
    command_service = BotCommandService(
        world.bots, world.instruments, world.bus, SystemClock(), "ann"
    )
    config = check_bot(a_bot_form(), library_files(), ExistingNames([str(BTC)])).config
    assert config is not None
    command_service.create(config)
    command_service.command(["alice"], LifecycleEvent.START)
    return world


AN_ISOLATION = Isolation("live", SystemClock(), ItemFailures())


@pytest.fixture
async def hub(world: World) -> AsyncIterator[LiveHub]:
    hub = LiveHub(InMemoryAsyncBus(world.bus), world.services(), SystemClock())
    running = asyncio.create_task(hub.run())
    yield hub
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def a_feed(world: World) -> BotFeed:
    services = world.services()
    return BotFeed(
        services.bots, services.thread_pools, SystemClock(), AN_ISOLATION, LiveSubscriptions()
    )


async def test_every_client_receives_the_totals(hub: LiveHub) -> None:
    received = await Browser(hub).until("fleet")
    assert (received["totals"]["bots"], received["totals"]["money"][0]["equity"]) == (1, 10_000)


async def test_what_happens_to_a_bot_is_sent_to_its_watchers(world: World, hub: LiveHub) -> None:
    browser, other = Browser(hub), Browser(hub)
    browser.watch(FleetTopic(), BotTopic("alice"))
    bot_engine = InlineBotEngine(world)
    for at in range(1, 13):
        await asyncio.to_thread(bot_engine.step, from_now(at))
    async with asyncio.timeout(20):
        while not (received := await browser.until("bot"))["orders"]:
            pass
    assert received["row"]["state"] == "running"
    assert {order["filled"] for order in received["orders"]} == {True}
    fleet = [frame for frame in browser.frames if frame["type"] == "bots"]
    assert fleet[-1]["rows"][0]["name"] == "alice"
    await other.until("fleet")
    assert {"bot", "bots"} & {frame["type"] for frame in other.frames} == set()


async def test_no_row_is_older_than_the_update_beside_it(world: World) -> None:
    feed = a_feed(world)
    feed.follow({"alice"}, has_viewers=True)
    async with InMemoryAsyncBus(world.bus).subscribe([Interest(BOT_STATES)]) as subscription:
        await asyncio.to_thread(InlineBotEngine(world).step, from_now(1))
        (event, *_) = await subscription.receive(5.0)
    reading = asyncio.create_task(feed.read_changes())
    await asyncio.sleep(0)
    feed.receive(event)
    update = await reading
    assert update is not None
    assert update.bot_updates["alice"]["transitions"] == []
    update = await feed.read_changes()
    assert update is not None
    assert len(update.bot_updates["alice"]["transitions"]) == 1


async def test_an_update_outlives_a_read_that_fails(world: World) -> None:
    world.trades = trades = InterruptedTrades(world.store)
    feed = a_feed(world)
    feed.follow({"alice"}, has_viewers=True)
    async with InMemoryAsyncBus(world.bus).subscribe([Interest(BOT_STATES)]) as subscription:
        await asyncio.to_thread(InlineBotEngine(world).step, from_now(1))
        for event in await subscription.receive(5.0):
            feed.receive(event)
    with pytest.raises(ServiceUnavailable):
        await feed.read_changes()
    trades.is_away = False
    update = await feed.read_changes()
    assert update is not None
    assert update.bot_updates["alice"]["transitions"]


async def test_money_moves_with_the_price(world: World, hub: LiveHub) -> None:
    bot_engine = InlineBotEngine(world)
    at = 1
    while not _holds(world):
        await asyncio.to_thread(bot_engine.step, from_now(at))
        at += 1
    browser = Browser(hub)
    browser.watch(FleetTopic())
    await browser.until("bots")
    price = world.btc.price * 2
    world.btc.trade(price, at=from_now(at))
    async with asyncio.timeout(20):
        while (row := (await browser.until("bots"))["rows"][0])["price"] != float(price):
            pass
    assert row["unrealised"] > 9_000


def _holds(world: World) -> bool:
    stored = world.ledger.checkpoints(["alice"]).get("alice")
    return stored is not None and bool(stored.state["size"])
