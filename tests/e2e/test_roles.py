"""What a role does not allow is disabled, with its reason, on every page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboard.features.registry import listed_pages
from dashboard.security.keys import Keys
from dashboard.security.roles import Role
from tests.dashboard_platform import an_alert, open_alerts, report_platform
from tests.dashboard_signals import library_files
from tests.dashboard_world import BTC, PASSWORD, World, a_user
from tests.e2e.conftest import BrowserSession
from tests.unit.bot_manager.bot_builders import a_version

VIEWER = "Requires the role operator; yours is viewer"
PAGES = (*(page.path for page in listed_pages()), "/bots/alice", "/system?tab=alerts",
         "/system?tab=data", "/system?tab=access")  # fmt: skip


@pytest.fixture
def site(world: World, port: int) -> Iterator[str]:
    world.strategies.save_files(library_files())
    world.bots.create(a_version("alice", instrument=str(BTC)))
    report_platform(world)
    open_alerts(world, an_alert())
    keys = Keys(users=(a_user(), a_user("vera", Role.VIEWER)))
    with world.serve(port, keys=keys) as url:
        yield url


def log_in(page: Page, name: str) -> None:
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")


def test_a_viewer_finds_no_command_enabled(site: str, browser_session: BrowserSession) -> None:
    page = browser_session.open(f"{site}/bots/alice")
    log_in(page, "vera")
    # The requested page, and not the first one.
    expect(page).to_have_url(f"{site}/bots/alice")
    start = page.get_by_role("button", name="Start")
    expect(start).to_be_disabled()
    expect(start).to_have_attribute("title", VIEWER)
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
    for path in PAGES:
        page.goto(f"{site}{path}")
        expect(page.locator("html")).to_have_attribute("data-role", "viewer")
        press_everything(page)
    expect(page.locator("[data-required-role=operator]:enabled")).to_have_count(0)
    assert refused == []


def press_everything(page: Page) -> None:
    """Press every button that is enabled, once, and leave what opens."""
    page.wait_for_timeout(400)
    page.evaluate("""() => {
      const enabled = (place) => [...document.querySelectorAll(`${place} button:not(:disabled)`)];
      for (const button of enabled("body")) {
        const leaves = button.closest("form[action='/logout']");
        if (button.isConnected && !leaves) button.click();
        enabled("dialog[open]").forEach((accept) => accept.click());
        for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
      }
    }""")
    page.wait_for_timeout(200)


def test_an_admin_finds_the_same_commands_enabled(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(f"{site}/bots/alice")
    log_in(page, "admin")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    expect(page.get_by_role("button", name="Clone")).to_be_enabled()


def test_a_name_that_is_taken_is_reported_at_its_field(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(f"{site}/bots")
    log_in(page, "admin")
    page.get_by_role("button", name="New bot").click()
    page.fill("[name=name]", "alice")
    row = page.locator("[data-field=name]")
    expect(row.locator(".field-problem")).to_contain_text("the bot name 'alice'")
    page.fill("[name=instrument]", "okx:NOPE-USDT")
    expect(page.locator("[data-field=instrument] .field-problem")).to_contain_text("is unknown")
    page.get_by_role("button", name="Create bot").click()
    expect(page.locator("[name=name]")).to_be_focused()
