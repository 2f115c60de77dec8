"""A bot in the browser: from a finished backtest to a verified end."""

import pytest
from playwright.sync_api import Browser, Page, expect

from backtesting.monitor import UNMONITORED
from dashboard.forms.backtest_form import check_form
from data.status import CollectorState
from tests.dashboard_world import World
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import until
from tests.inline_backtests import a_backtest_world, a_form
from tests.inline_bots import InlineBotEngine

SLOW_MS = 60_000
NEWEST = "**/candles/newest?*"
DETAIL = "**/bots/detail?*"

# How many fills the chart marks: one whose candle has not arrived is not among them yet.
FILLS = "document.querySelector('#market-chart').dataset.fills"


@pytest.fixture
def past_minutes() -> int:
    return 700


@pytest.fixture
def world(past_minutes: int) -> World:
    """Return a market with a past, the built-in strategies, and one backtest that has finished."""
    world, runs = a_backtest_world(past_minutes)
    world.report(CollectorState.LIVE)
    config = check_form(a_form(world, timeframe="1m"), world.strategies.files()).config
    assert config is not None
    runs.run(config.model_dump(mode="json"), UNMONITORED)
    return world


@pytest.fixture
def bot_engine(world: World) -> InlineBotEngine:
    return InlineBotEngine(world)


@pytest.fixture
def fleet(site: str) -> str:
    return f"{site}/bots"


def create_from_backtest(page: Page) -> None:
    """Press the button of a result, and fill in the form."""
    page.click("text=Make a bot")
    page.click("text=Open the form of a bot")
    form = page.locator(".bot-form")
    expect(form.locator("[name='parameters.fast']")).to_have_value("5")
    form.locator("[name=name]").fill("Not A Name")
    expect(form.locator("[data-field=name] .field-problem")).to_contain_text("lower-case letters")
    form.locator("[name=name]").fill("alice")
    form.locator("[name=timeframe]").select_option("1s")
    form.locator("[type=submit]").click()
    page.wait_for_url("**/bots/alice")


def test_a_bot_from_a_backtest_to_its_verified_end(
    bot_engine: InlineBotEngine, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(f"{site}/backtests?run=1")
    page.set_default_timeout(SLOW_MS)
    create_from_backtest(page)
    badge = page.locator(".state-badge")
    expect(badge).to_contain_text("New")

    with bot_engine.running():
        page.click("[data-verb=start]")
        expect(badge).to_contain_text("Running", timeout=SLOW_MS)
        page.wait_for_selector("#bot-table tbody tr", timeout=SLOW_MS)
        page.wait_for_selector("#market-state[data-kind=ready]", state="attached")
        until(page, f"{FILLS} >= 1")
        expect(page.locator("#bot-equity .plot-container")).to_be_visible()
        expect(page.locator("#bot-equity .empty")).to_have_count(0)
        expect(page.locator("#bot-table tbody tr").first).to_contain_text("signal")

        page.click("[data-verb=pause]")
        expect(badge).to_contain_text("Paused")
        page.click("text=Edit")
        page.fill(".bot-form [name='parameters.slow']", "21")
        page.fill(".bot-form [name=reason]", "slower")
        page.click(".bot-form [type=submit]")
        page.click("[data-tab=config]")
        diff = page.locator("[data-version='2']")
        expect(diff).to_contain_text("owner: slower")
        expect(diff.locator(".diff")).to_contain_text("parameters.slow")
        expect(diff.locator(".after")).to_have_text("+ 21")

        page.click("[data-verb=stop]")
        expect(page.locator("dialog")).to_contain_text("positions are closed at the next print")
        page.click("dialog [type=submit]")
        expect(badge).to_contain_text("Stopped", timeout=SLOW_MS)

    page.click("#bot-verify")
    expect(page.locator("#bot-verify")).to_have_text("✓ Identical", timeout=SLOW_MS)
    page.click("[data-tab=history]")
    expect(page.locator("#bot-table")).to_contain_text("stop")
    page.click("text=← Bots")
    row = page.locator("#bots-grid .ag-center-cols-container .ag-row")
    expect(row).to_contain_text("alice")
    expect(row).to_contain_text("Stopped")
    expect(row).to_contain_text("✓ identical")
    expect(page.locator("#fleet-link")).to_have_text("▶ 0/1 bots")


def test_the_candles_of_a_bot_are_requested_again_after_a_failed_request(
    fleet: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(fleet)
    page.click("#bots-new")
    page.fill(".bot-form [name=name]", "alice")
    page.route(NEWEST, lambda route: route.abort("connectionrefused"), times=1)
    page.click(".bot-form [type=submit]")
    page.wait_for_url("**/bots/alice")
    expect(page.locator("#market-state")).to_contain_text("The candles cannot be read")
    page.wait_for_selector("#market-state[data-kind=ready]", state="attached")


def test_the_page_of_a_bot_is_requested_again_after_a_failed_request(
    fleet: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(fleet)
    page.click("#bots-new")
    page.fill(".bot-form [name=name]", "alice")
    page.route(DETAIL, lambda route: route.abort("connectionrefused"), times=1)
    page.click(".bot-form [type=submit]")
    page.wait_for_url("**/bots/alice")
    expect(page.locator("#banner")).to_contain_text("alice cannot be shown")
    expect(page.locator(".state-badge")).to_contain_text("New")
    expect(page.locator("#banner")).to_be_empty()


def test_many_bots_are_commanded_at_once_and_what_costs_is_confirmed(
    bot_engine: InlineBotEngine, fleet: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(fleet)
    page.set_default_timeout(SLOW_MS)
    for name in ("alice", "bob"):
        page.click("#bots-new")
        page.fill(".bot-form [name=name]", name)
        page.select_option(".bot-form [name=timeframe]", "1s")
        page.click(".bot-form [type=submit]")
        page.wait_for_url(f"**/bots/{name}")
        page.click("text=← Bots")
    rows = page.locator("#bots-grid .ag-center-cols-container .ag-row")
    expect(rows).to_have_count(2)
    with bot_engine.running():
        page.locator("#bots-grid .ag-header input[type=checkbox]").check()
        page.click("[data-verb=start]")
        expect(rows.nth(0)).to_contain_text("Running")
        expect(rows.nth(1)).to_contain_text("Running")
        expect(page.locator(".kpi", has_text="Running")).to_contain_text("2")
        page.click("[data-verb=pause]")
        page.click("[data-undo]")
        page.wait_for_selector("text=Resume: ")
        page.click("[data-group=strategy]")
        expect(page.locator(".group-line")).to_contain_text("2 bots")
        with page.expect_download() as saved:
            page.click("#bots-csv")
        assert ',"alice",' in saved.value.path().read_text("utf-8-sig")
        page.click("[data-group='']")
        page.click("#bots-kill-all")
        kill = page.locator("dialog [type=submit]")
        expect(page.locator("dialog")).to_contain_text("alice")
        expect(kill).to_be_disabled()
        page.fill("dialog [name=typed]", "KILL")
        kill.click()
        expect(rows.nth(0)).to_contain_text("Stopped")
        expect(rows.nth(1)).to_contain_text("Stopped")
    page.fill("#bots-search", "bob")
    expect(rows).to_have_count(1)
    page.goto(fleet.replace("/bots", "/portfolio?range=1d"))
    page.wait_for_selector("#portfolio-equity .scatterlayer .trace path", state="attached")
    expect(page.locator("#portfolio-ranking")).to_contain_text("alice")
    expect(page.locator("#portfolio-reconciliation")).to_contain_text("✓ Reconciled")
    page.get_by_text("7 d", exact=True).click()
    page.wait_for_url("**/portfolio?range=7d")


def test_on_a_phone_bots_are_no_wider_than_the_screen(fleet: str, browser: Browser) -> None:
    phone = BrowserSession(browser, width=390, height=844)
    page = phone.open(fleet)
    page.wait_for_selector(".kpi")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(fleet.replace("/bots", "/portfolio"))
    expect(page.locator("#portfolio-about")).to_contain_text("No bot has started")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.context.close()
    assert phone.errors == []
