"""The portfolio of bots that have traded: what is chosen, drawn, kept and opened."""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from bot_manager.domain.lifecycle import LifecycleEvent
from data.status import CollectorState
from tests.dashboard_world import BTC, World
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import relay_live
from tests.inline_bots import InlineBotEngine
from tests.unit.bot_manager.bot_builders import a_version

TRADING_S = 60
# Until plotly.js, the tables and the values are there.
SLOW_MS = 60_000


@pytest.fixture
def world() -> World:
    """Return a market with two bots that have closed round trips."""
    world = World()
    world.fill(minutes=30)
    world.report(CollectorState.LIVE)
    for name in ("alice", "bob"):
        world.bots.create(a_version(name, instrument=str(BTC), timeframe="1s"))
    services = world.services()
    services.bots.open_command_service("ann").command(["alice", "bob"], LifecycleEvent.START, "")
    engine, deadline = InlineBotEngine(world), time.monotonic() + TRADING_S
    while not services.bots.portfolio("all", "", None)["round_trips"]:
        assert time.monotonic() < deadline, "no round trip was closed"
        engine.step()
        time.sleep(0.1)
    services.close()
    return world


def open_portfolio(browser_session: BrowserSession, url: str) -> Page:
    page = browser_session.open(url)
    drawn = page.locator("#portfolio-equity .scatterlayer .trace path").first
    expect(drawn).to_be_attached(timeout=SLOW_MS)
    return page


def ticks(page: Page, plot: str) -> list[str]:
    """Return the texts of the time axis, sorted: they stand in the order of their drawing."""
    return sorted(page.locator(f"#{plot} .xtick text").all_text_contents())


def zoom_in(page: Page, plot: str) -> list[str]:
    """Drag over a part of a plot, and return the texts of its time axis once they changed."""
    before = page.locator(f"#{plot} .xtick text").all_text_contents()
    box = page.locator(f"#{plot} .nsewdrag").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"] / 4, y, steps=4)
    page.mouse.up()
    expect(page.locator(f"#{plot} .xtick text")).not_to_have_text(before)
    page.wait_for_timeout(400)
    return ticks(page, plot)


def rows(page: Page, table: str) -> Locator:
    return page.locator(f"#{table} .ag-center-cols-container .ag-row")


def test_choices_are_in_the_address_and_back_undoes_them(
    site: str, browser_session: BrowserSession
) -> None:
    page = open_portfolio(browser_session, f"{site}/portfolio?range=1d")
    expect(page.locator("#portfolio-about")).to_contain_text("2 bots, ")
    expect(page).to_have_title("Portfolio · SIMULATED · Truetape")
    page.get_by_text("Holding time").click()
    page.wait_for_url("**/portfolio?range=1d&scatter=holding")
    expect(page.locator("#portfolio-scatter")).to_contain_text("10 s")
    page.get_by_placeholder("Filter by bot").fill("alice")
    page.wait_for_url("**/portfolio?range=1d&search=alice&scatter=holding")
    expect(page.locator("#portfolio-about")).to_contain_text("1 bot, ")
    expect(rows(page, "portfolio-ranking")).to_have_count(1)
    href = page.get_by_text("Days CSV").get_attribute("href")
    assert href is not None
    assert "range=1d&search=alice" in href
    page.go_back()
    expect(page.get_by_placeholder("Filter by bot")).to_have_value("")
    expect(page.locator("#portfolio-about")).to_contain_text("2 bots, ")
    page.go_back()
    expect(page.locator("#portfolio-scatter")).to_contain_text("Excursion before fees")
    page.get_by_label("Buy and hold").check()
    page.wait_for_url("**/portfolio?range=1d&benchmark=1")
    page.reload()
    expect(page.get_by_label("Buy and hold")).to_be_checked()
    expect(page.locator("#portfolio-metrics")).to_contain_text("Buy and hold")


def test_the_zoom_survives_new_values_and_another_colour_scheme(
    site: str, browser_session: BrowserSession
) -> None:
    send = relay_live(browser_session.context)
    page = open_portfolio(browser_session, f"{site}/portfolio?range=1d")
    zoomed = zoom_in(page, "portfolio-growth")
    for _ in range(2):
        with page.expect_response("**/_dash-update-component*"):
            send({"type": "resync"})
        page.wait_for_timeout(1_200)
        assert ticks(page, "portfolio-growth") == zoomed
    line = page.locator("#portfolio-equity .scatterlayer .js-line").first
    expect(line).to_have_css("stroke", "rgb(38, 166, 154)")
    page.click("#color-scheme")
    expect(line).to_have_css("stroke", "rgb(11, 143, 131)")
    assert ticks(page, "portfolio-growth") == zoomed
    before = page.locator("#portfolio-growth .xtick text").all_text_contents()
    page.get_by_text("7 d", exact=True).click()
    expect(page.locator("#portfolio-growth .xtick text")).not_to_have_text(before)


def test_a_portfolio_that_cannot_be_read_shows_why_and_is_read_again(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    world.store.available = False
    page = browser_session.open(f"{site}/portfolio?range=1d")
    expect(page.get_by_role("alert")).to_contain_text("The portfolio cannot be read")
    world.store.available = True
    page.get_by_role("button", name="Retry").click()
    expect(rows(page, "portfolio-ranking")).to_have_count(2)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_bots_are_opened_from_the_plot_and_from_the_table(
    site: str, browser_session: BrowserSession
) -> None:
    page = open_portfolio(browser_session, f"{site}/portfolio?range=1d")
    expect(rows(page, "portfolio-round-trips").first).to_contain_text("signal")
    page.locator("#portfolio-ranking").get_by_role("link", name="bob").click()
    page.wait_for_url("**/bots/bob")
    page.go_back()
    point = page.locator("#portfolio-scatter .points path").first
    expect(point).to_be_visible()
    page.wait_for_timeout(1_000)  # all plots are drawn, and move this one
    page.locator("#portfolio-scatter").scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/bots/*")
