"""The modules of the pages: each is fetched once, and a page of another version reloads once."""

import re
from collections import Counter

import pytest
from playwright.sync_api import Page, Request, Route, expect

from dashboard.browser_modules import read_modules
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import wait_for_chart

OLD_DIGEST = "0" * 16


def with_old_digest(route: Route) -> None:
    """Answer with the page as another version of the server has written it."""
    answer = route.fetch()
    route.fulfill(
        response=answer, body=re.sub(r"/web/[0-9a-f]{16}/", f"/web/{OLD_DIGEST}/", answer.text())
    )


@pytest.mark.parametrize("path", ["", "/bots", "/backtests", "/portfolio", "/system"])
def test_no_module_is_fetched_twice(site: str, browser_session: BrowserSession, path: str) -> None:
    fetched: Counter[str] = Counter()

    def count(request: Request) -> None:
        if "/web/" in request.url:
            fetched[request.url.removeprefix(site)] += 1

    browser_session.context.on("request", count)
    page = browser_session.open(site + path)
    expect(page.locator("#feed-badge")).to_have_text("Live")
    assert fetched == Counter(read_modules().preloads())


def test_a_page_of_an_old_version_reloads_once(site: str, browser_session: BrowserSession) -> None:
    page = browser_session.context.new_page()
    page.route(f"{site}/", with_old_digest, times=1)
    loads = documents(page)
    page.goto(site)
    wait_for_chart(page)
    assert loads == [f"{site}/"] * 2
    assert storage_mark(page) is None


def test_a_page_whose_modules_stay_missing_shows_a_notice_and_does_not_reload_again(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.context.new_page()
    page.route(f"{site}/", with_old_digest)
    loads = documents(page)
    page.goto(site)
    expect(page.get_by_role("alert")).to_contain_text("did not load")
    page.wait_for_timeout(1000)
    assert loads == [f"{site}/"] * 2


def documents(page: Page) -> list[str]:
    """Return a list to which the URL of each document is added when it is requested."""
    urls: list[str] = []

    def note(request: Request) -> None:
        if request.is_navigation_request():
            urls.append(request.url)

    page.on("request", note)
    return urls


def storage_mark(page: Page) -> str | None:
    script = "window.sessionStorage.getItem('truetape.reloaded')"
    return page.evaluate(script)  # type: ignore[no-any-return]
