"""When something is down, the page shows what, since when, and what happens next."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from data import Instrument, InstrumentId
from data.status import CollectorState
from tests.dashboard_world import World
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import (
    last_bar,
    last_time,
    legend,
    point_at,
    relay_live,
    wait_for_chart,
    wait_for_close,
)
from tests.fakes import InMemoryInstrumentRepository
from tests.fakes.bus import InMemoryBus


def test_an_unreachable_exchange_is_explained_and_the_demo_is_offered(
    world: World, port: int, browser_session: BrowserSession
) -> None:
    with world.serve(port, simulated=False) as url:
        page = browser_session.open(url)
        wait_for_chart(page)
        expect(page.locator("#feed-badge")).to_have_text("Live")
        retry_at = datetime.now(UTC) + timedelta(minutes=10)
        world.report(CollectorState.DISCONNECTED, problem="no route to host", retry_at=retry_at)
        banner = page.locator("#banner")
        expect(banner).to_contain_text("Exchange is unreachable since 20")
        expect(banner).to_contain_text("no route to host")
        expect(banner).to_contain_text("Trying ws://127.0.0.1:9999 again in ")
        expect(banner).to_contain_text(re.compile(r" again in (9|10) min\."))
        expect(banner).to_contain_text("uv run main.py --demo")
        expect(page.locator("#feed-badge")).to_have_text("Reconnecting")
        world.report(CollectorState.LIVE)
        expect(banner).to_be_empty()
        expect(page.locator("#feed-badge")).to_have_text("Live")


def test_without_a_collector_the_page_reports_how_to_start_one(
    world: World, port: int, browser_session: BrowserSession
) -> None:
    world.store.statuses.clear()
    with world.serve(port) as url:
        page = browser_session.open(url)
        wait_for_chart(page)
        expect(page.locator("#feed-badge")).to_have_text("Off")
        expect(page.locator("#banner")).to_contain_text("No collector is running")


def test_without_the_database_the_last_snapshot_stays_greyed(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    send = relay_live(browser_session.context)
    page = browser_session.open(site)
    wait_for_chart(page)
    world.store.available = False
    send({"type": "resync"})
    expect(page.locator("#banner")).to_contain_text("The database cannot be reached (tried at 20")
    expect(page.locator("#market")).to_have_class("market stale")
    assert last_bar(page)
    world.store.available = True
    expect(page.locator("#banner")).to_be_empty()
    expect(page.locator("#market")).to_have_class("market")


def test_a_page_opened_without_the_database_recovers_by_itself(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    world.store.available = False
    page = browser_session.open(site)
    expect(page.locator("#market-state")).to_contain_text("The database cannot be reached")
    world.store.available = True
    wait_for_chart(page)


def test_without_the_bus_the_page_polls(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    working, world.bus = world.bus, InMemoryBus()
    working.close()
    expect(page.locator("#feed-badge")).to_have_text("Not live")
    expect(page.locator("#banner")).to_contain_text("Redis is down")
    world.btc.trade("61234.5")
    expect(page.locator("#market-price")).to_have_text("61,234.5")


def test_the_page_comes_back_when_the_server_restarts(
    world: World, port: int, browser_session: BrowserSession
) -> None:
    with world.serve(port) as url:
        page = browser_session.open(url)
        wait_for_chart(page)
    expect(page.locator("#feed-badge")).to_contain_text("Reconnecting")
    world.btc.trade("60000.5")
    with world.serve(port):
        expect(page.locator("#feed-badge")).to_have_text("Live")
        wait_for_close(page, 60000.5)
        world.btc.trade("60001.5")
        wait_for_close(page, 60001.5)


class FaultyInstruments(InMemoryInstrumentRepository):
    """A store with a fault of ours in it."""

    def get(self, instrument: InstrumentId) -> Instrument | None:
        raise ZeroDivisionError(f"a fault, asked for {instrument}")


def test_a_fault_of_ours_shows_a_number_and_no_traceback(
    world: World, port: int, browser_session: BrowserSession
) -> None:
    world.instruments = FaultyInstruments(world.store)
    with world.serve(port) as url:
        page = browser_session.open(url)
        expect(page.get_by_text("Internal error (")).to_be_visible()
        assert "ZeroDivisionError" not in page.content()


def test_lost_notifications_are_made_up_for(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    before = last_time(page)
    opening = datetime.fromtimestamp(before, UTC)
    world.btc.add_random_walk(opening + timedelta(minutes=1), 15, 12)
    world.btc.trade("62000.5", at=opening + timedelta(minutes=4, seconds=1))
    wait_for_close(page, 62000.5)
    for minute in (1, 2, 3):
        point_at(page, before + minute * 60)
        assert legend(page)["volume"] > 0
