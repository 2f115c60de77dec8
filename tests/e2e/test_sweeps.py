"""Sweeps on the Backtests page: from ranges in the form to a heat map, and on to a backtest."""

import pytest
from playwright.sync_api import Browser, Page, expect

from data.status import CollectorState
from tests.dashboard_world import World
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import until
from tests.e2e.test_backtests import fill_in
from tests.fakes.worker import InlineWorker
from tests.inline_backtests import a_backtest_world, a_form

TIMEOUT_MS = 60_000
# Whatever the time of day, there are the seven daily returns that a Sharpe ratio needs.
HOURS = 180


@pytest.fixture
def world() -> World:
    world, _ = a_backtest_world((HOURS + 6) * 60)
    world.report(CollectorState.LIVE)
    return world


def request_sweep(page: Page, world: World) -> None:
    """Fill in the form: three fast averages by two slow ones."""
    page.wait_for_selector("#backtest-form form")
    page.click(".mode >> text=Sweep")
    form = a_form(world, hours=HOURS)
    fill_in(page, form)
    page.fill("[name='vary.parameters.fast']", "3..7:2")
    page.fill("[name='vary.parameters.slow']", "10,20")


def wait_for_plots(page: Page) -> None:
    page.wait_for_selector("#sweep-heat .heatmaplayer .hm image", state="attached")
    page.wait_for_selector("#sweep-parallel .scatterlayer .trace path", state="attached")


def test_a_sweep_from_the_form_to_its_heat_map_and_on_to_a_backtest(
    world: World, port: int, browser_session: BrowserSession
) -> None:
    sweeps = world.sweeps
    assert isinstance(sweeps, InlineWorker)
    sweeps.gate.clear()
    with world.serve(port) as url:
        page = browser_session.open(f"{url}/backtests")
        request_sweep(page, world)
        expect(page.locator(".points")).to_have_text("At most 6 combinations.")
        page.click("text=Start sweep")
        job = page.locator(".job")
        expect(job).to_contain_text("Sweep of EmaCrossover")
        expect(job).to_contain_text("42 %")
        page.click(".job >> text=Cancel")
        expect(job).to_contain_text("Finished trials are kept")
        sweeps.gate.set()
        page.click("text=Start sweep")
        expect(page.locator("#sweep-result h1")).to_have_text(
            "Sweep of EmaCrossover", timeout=TIMEOUT_MS
        )
        assert "sweep=" in page.url
        wait_for_plots(page)
        expect(job.first).to_contain_text("6 trials: 6 evaluated")
        expect(page.locator("[data-slot=selection-bias]")).to_contain_text("Deflated Sharpe ratio")
        expect(page.locator("[data-slot=selection-bias]")).to_contain_text(
            "Best of 6 useless trials"
        )
        heat = "document.getElementById('sweep-heat').data[0]"
        assert page.evaluate(f"[{heat}.x, {heat}.y]") == [["3", "5", "7"], ["10", "20"]]
        page.select_option("[aria-label=Across]", label="slow")
        until(page, f"{heat}.x.length === 2")
        page.select_option("[aria-label='Best by']", "max_drawdown")
        expect(page.locator("#sweep-trials .ag-header")).to_contain_text("Maximum drawdown")
        rows = page.locator("#sweep-trials .ag-center-cols-container .ag-row")
        expect(rows).to_have_count(6)
        rows.nth(1).locator(".ag-cell").nth(1).click()
        expect(page.locator("[data-slot=taken]")).to_contain_text("The form holds fast")
        expect(page.locator("#backtest-form [type=submit]")).to_have_text("Run backtest")
        page.click("text=Run the best as a backtest")
        expect(page.locator("#backtest-result h1")).to_have_text(
            "#1 EmaCrossover", timeout=TIMEOUT_MS
        )
        page.click("#backtest-back")
        page.click("#backtest-show-sweeps")
        page.locator("#sweeps-grid .ag-row").first.locator(".ag-cell").first.click()
        expect(page.locator("#sweep-result h1")).to_be_visible()


def test_a_range_is_refused_at_its_parameter(
    world: World, port: int, browser_session: BrowserSession
) -> None:
    with world.serve(port) as url:
        page = browser_session.open(f"{url}/backtests")
        request_sweep(page, world)
        page.fill("[name='vary.parameters.fast']", "0..5")
        wrong = page.locator("[data-field='parameters.fast'] .field-problem")
        expect(wrong).to_have_text("must be at least 1 and at most 999, was 0")
        page.click("text=Start sweep")
        expect(page.locator(".job")).to_have_count(0)
        page.click(".mode >> text=One backtest")
        expect(wrong).to_have_text("")


def test_a_backtest_leads_to_the_form_of_a_bot_and_reports_what_it_cannot_take_over(
    world: World, port: int, browser_session: BrowserSession
) -> None:
    with world.serve(port) as url:
        page = browser_session.open(f"{url}/backtests")
        fill_in(page, a_form(world, hours=HOURS))
        page.click("text=Run backtest")
        expect(page.locator("#backtest-result h1")).to_be_visible(timeout=TIMEOUT_MS)
        page.click("text=Make a bot")
        dialog = page.locator("dialog")
        expect(dialog).to_contain_text("fast 5, slow 13")
        expect(dialog).to_contain_text("a bot fills at the trades themselves")
        link = dialog.locator("a.solid-button")
        assert link.get_attribute("href") == "/bots?backtest=1"


def test_on_a_phone_a_sweep_is_not_wider_than_the_screen(
    world: World, port: int, browser: Browser
) -> None:
    with world.serve(port) as url:
        phone = BrowserSession(browser, width=390, height=844)
        page = phone.open(f"{url}/backtests")
        request_sweep(page, world)
        page.click("text=Start sweep")
        expect(page.locator("#sweep-result h1")).to_be_visible(timeout=TIMEOUT_MS)
        wait_for_plots(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        phone.context.close()
        assert phone.errors == []
