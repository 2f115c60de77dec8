"""What holds for every page: no wider than the screen, and all of it in the chosen colours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.features.registry import listed_pages
from dashboard.security.keys import Keys
from dashboard.security.roles import Role
from data import InstrumentId
from tests.dashboard_platform import an_alert, open_alerts, report_platform
from tests.dashboard_signals import library_files
from tests.dashboard_world import BTC, PASSWORD, World, a_user, an_instrument
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import until
from tests.unit.bot_manager.bot_builders import a_version

PHONE, DESKTOP = 390, 1440
ETH_BTC = InstrumentId("simulated", "ETH-BTC")
PAGES = (*(page.path for page in listed_pages()), "/bots/alice", "/system?tab=alerts",
         "/system?tab=data", "/system?tab=access")  # fmt: skip

Scheme = Literal["dark", "light"]

_OVERFLOWING = """width => document.documentElement.scrollWidth <= width ? [] :
  [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > width + 0.5)
    .map((each) => `${each.tagName}.${each.className}: ${each.textContent.slice(0, 30)}`)"""
_OTHER_SCHEME = """scheme => [...document.querySelectorAll("body *")]
    .filter((each) => getComputedStyle(each).colorScheme !== scheme)
    .map((each) => `${each.tagName}.${each.className}: ${getComputedStyle(each).colorScheme}`)"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a market with bots whose money is long, in two quote currencies, and an alert."""
    world = World(folder=tmp_path)
    world.fill(minutes=60)
    world.strategies.save_files(library_files())
    world.instruments.save([an_instrument(ETH_BTC)])
    world.bots.create(a_version("alice", instrument=str(BTC), capital="123456789.12"))
    world.bots.create(a_version("bob", instrument=str(ETH_BTC), capital="0.00012345"))
    report_platform(world)
    open_alerts(world, an_alert())
    return world


@pytest.fixture
def site(world: World, port: int) -> Iterator[str]:
    with world.serve(port, keys=Keys(users=(a_user(), a_user("vera", Role.VIEWER)))) as url:
        yield url


def visit(browser_session: BrowserSession, site: str) -> Iterator[tuple[str, Page]]:
    """Log in, and yield every page once it has been drawn."""
    page = browser_session.open(site)
    page.fill("#name", "admin")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-role", "admin")
    for path in PAGES:
        page.goto(f"{site}{path}")
        expect(page.locator("html")).to_have_attribute("data-role", "admin")
        page.wait_for_timeout(800)
        yield path, page


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_every_page_fits_the_screen_and_follows_the_scheme(
    site: str, browser: Browser, width: int, scheme: Scheme
) -> None:
    screen = BrowserSession(browser, width=width, height=844, scheme=scheme)
    found = {}
    for path, page in visit(screen, site):
        if path == "/bots":
            expect(page.locator("#bots-kpis")).to_contain_text("123,456,789.12 USDT")
        if path in ("/bots", "/backtests"):
            until(page, "document.querySelectorAll('.ag-root-wrapper').length > 0")
        found[path] = [
            *page.evaluate(_OVERFLOWING, width),
            *page.evaluate(_OTHER_SCHEME, scheme)[:3],
        ]
    screen.context.close()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert screen.errors == []
