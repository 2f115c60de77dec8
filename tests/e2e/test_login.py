"""With a password, nothing is shown before the login."""

from playwright.sync_api import expect

from dashboard.security.keys import Keys
from tests.dashboard_world import World, a_user
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import wait_for_chart


def test_a_user_logs_in_and_out(world: World, port: int, browser_session: BrowserSession) -> None:
    with world.serve(port, keys=Keys(users=(a_user(),))) as url:
        page = browser_session.open(f"{url}/?timeframe=5m")
        expect(page.locator("h1")).to_have_text("Truetape")
        page.fill("#password", "wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("Wrong password.")
        page.fill("#password", "correct horse")
        page.keyboard.press("Enter")
        wait_for_chart(page)
        page.get_by_title("Log out").click()
        expect(page.locator("#password")).to_be_visible()
        page.goto(url)
        expect(page.locator("#password")).to_be_visible()
    browser_session.errors.clear()
