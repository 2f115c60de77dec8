"""A real browser against a dashboard over fakes; nothing but loopback can be reached."""

import os
import re
import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from data.status import CollectorState
from tests.dashboard_world import World
from tests.ports import free_port

# The shell is the same engine without a browser's own windows: a third less work.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
# A busy machine may take a while; what holds is seen at once all the same.
expect.set_options(timeout=30_000)
LOOPBACK = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)(:\d+)?/|^(data|blob):")
ONLY_LOOPBACK = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
SERVER_IS_GONE = (
    "WebSocket", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e" in item.nodeid:
            item.add_marker(pytest.mark.e2e)


# While Playwright runs, its event loop occupies the thread: async tests of other modules need it.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield the system's Chromium; skip where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: CHROMIUM_PATH names one")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", ONLY_LOOPBACK],
        )
        yield chromium
        chromium.close()


class BrowserSession:
    """A browser that may reach loopback only; what went wrong in it is kept."""

    def __init__(
        self,
        browser: Browser,
        *,
        width: int = 1440,
        height: int = 900,
        scheme: Literal["dark", "light"] = "dark",
    ) -> None:
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        self.context.on("request", self._note_if_foreign)

    def _note_if_foreign(self, request: Request) -> None:
        if not LOOPBACK.match(request.url):
            self.foreign.append(request.url)

    def open(self, url: str) -> Page:
        """Open a tab."""
        page = self.context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(url)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # A server that is gone is part of some tests, and the browser's to report.
        is_offline = any(fragment in message.text for fragment in SERVER_IS_GONE)
        if message.type in ("error", "warning") and not is_offline:
            self.errors.append(message.text)


@pytest.fixture
def browser_session(browser: Browser) -> Iterator[BrowserSession]:
    """Yield a desktop browser; the test fails at console errors or requests to other hosts."""
    browser_session = BrowserSession(browser)
    yield browser_session
    browser_session.context.close()
    assert browser_session.errors == []
    assert browser_session.foreign == []


@pytest.fixture
def past_minutes() -> int:
    """Return how long BTC has been traded: a little more than one snapshot holds."""
    return 1100


@pytest.fixture
def world(past_minutes: int) -> World:
    """Return a market with a past and a healthy collector."""
    world = World()
    world.fill(minutes=past_minutes)
    world.report(CollectorState.LIVE)
    return world


@pytest.fixture
def port() -> int:
    """Return a closed port."""
    return free_port()


@pytest.fixture
def site(world: World, port: int) -> Iterator[str]:
    """Yield the address of a dashboard over `world`."""
    with world.serve(port) as url:
        yield url
