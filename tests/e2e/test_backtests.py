"""The Backtests page: from a form to a result, and from results to a decision."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from backtesting.monitor import UNMONITORED
from dashboard.forms.backtest_form import check_form
from data.status import CollectorState
from tests.dashboard_world import World
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import until
from tests.inline_backtests import InlineRuns, a_backtest_world, a_form


@pytest.fixture
def backtest_world() -> tuple[World, InlineRuns]:
    world, runs = a_backtest_world(900)
    world.report(CollectorState.LIVE)
    return world, runs


@pytest.fixture
def runs(backtest_world: tuple[World, InlineRuns]) -> InlineRuns:
    return backtest_world[1]


@pytest.fixture
def bench(backtest_world: tuple[World, InlineRuns], port: int) -> Iterator[str]:
    """Yield the address of the page, over a world that can run backtests."""
    with backtest_world[0].serve(port) as url:
        yield f"{url}/backtests"


def keep(world: World, runs: InlineRuns, **more: str) -> None:
    """Run a backtest beside the page."""
    config = check_form(a_form(world, **more), world.strategies.files()).config
    assert config is not None
    runs.run(config.model_dump(mode="json"), UNMONITORED)


def fill_in(page: Page, values: dict[str, str]) -> None:
    """Fill in the form as a user does."""
    page.wait_for_selector("#backtest-form form")
    page.select_option("[name=strategy]", values["strategy"])
    for name, value in values.items():
        field = page.locator(f'#backtest-form [name="{name}"]')
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def wait_for_plots(page: Page) -> None:
    """Wait until the plots of a result are drawn."""
    page.wait_for_selector("#backtest-equity .scatterlayer .trace path", state="attached")
    page.wait_for_selector("#backtest-candles .boxes path", state="attached")


def test_the_wheel_stops_at_the_end_of_a_result(
    backtest_world: tuple[World, InlineRuns], bench: str, browser_session: BrowserSession
) -> None:
    keep(*backtest_world)
    page = browser_session.open(f"{bench}?run=1")
    wait_for_plots(page)
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height == page.evaluate("window.innerHeight")
    page.mouse.move(900, 500)
    for _ in range(8):
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(40)
    assert page.evaluate("window.scrollY") == 0
    expect(page.locator("#backtest-result")).to_be_in_viewport()


def test_a_backtest_from_the_form_to_its_result(
    backtest_world: tuple[World, InlineRuns], bench: str, browser_session: BrowserSession
) -> None:
    world, runs = backtest_world
    runs.gate.clear()
    page = browser_session.open(bench)
    fill_in(page, a_form(world))
    page.click("text=Run backtest")
    job = page.locator(".job")
    expect(job).to_contain_text("Running")
    expect(job).to_contain_text("42 %")
    page.reload()
    expect(job).to_contain_text("42 %")
    runs.gate.set()
    expect(page.locator("#backtest-result h1")).to_have_text("#1 EmaCrossover")
    expect(page).to_have_url(re.compile("run=1"))
    wait_for_plots(page)
    expect(page.locator(".ok-badge")).to_have_text("✓ Reconciled")
    expect(page.locator("[data-metric=round_trips] .metric-value").first).not_to_have_text("—")
    page.locator("[data-metric=sharpe] summary").first.click()
    expect(page.locator("[data-metric=sharpe]").first).to_contain_text("Formula")
    expect(page.locator("#backtest-round-trips .ag-row").first).to_contain_text("long")
    expect(page.locator("#backtest-result .months")).to_contain_text("20")
    expect(page.locator(".facts-row")).to_contain_text("outcome")


def test_the_same_run_is_served_from_store(
    backtest_world: tuple[World, InlineRuns], bench: str, browser_session: BrowserSession
) -> None:
    world, runs = backtest_world
    keep(world, runs)
    page = browser_session.open(bench)
    fill_in(page, a_form(world))
    page.click("text=Run backtest")
    expect(page.locator(".job")).to_contain_text("From store")
    expect(page.locator("#backtest-result h1")).to_have_text("#1 EmaCrossover")


def test_a_wrong_field_is_refused_at_the_field(
    backtest_world: tuple[World, InlineRuns], bench: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(bench)
    fill_in(page, a_form(backtest_world[0], parameters__fast="0", capital="-3"))
    wrong = page.locator('[data-field="parameters.fast"] .field-problem')
    expect(wrong).to_have_text("must be at least 1 and at most 999, was 0")
    page.click("text=Run backtest")
    expect(page.locator("[data-field=capital] .field-problem")).to_have_text(
        "must be above 0, was -3"
    )
    expect(page.locator(".job")).to_have_count(0)


def test_a_running_backtest_can_be_cancelled(
    backtest_world: tuple[World, InlineRuns], bench: str, browser_session: BrowserSession
) -> None:
    world, runs = backtest_world
    runs.gate.clear()
    page = browser_session.open(bench)
    fill_in(page, a_form(world))
    page.click("text=Run backtest")
    expect(page.locator(".job")).to_contain_text("42 %")
    page.click(".job >> text=Cancel")
    expect(page.locator(".job")).to_contain_text("Cancelled")
    page.click(".job [aria-label=Dismiss]")
    expect(page.locator(".job")).to_have_count(0)
    assert world.store.backtests == {}


def test_the_configuration_can_be_read_as_json(
    backtest_world: tuple[World, InlineRuns], bench: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(bench)
    fill_in(page, a_form(backtest_world[0]))
    page.click(".form-end >> text=JSON")
    expect(page.locator(".json")).to_contain_text('"strategy": "EmaCrossover"')
    expect(page.locator(".json")).to_contain_text('"fast": 5')


def test_backtests_are_compared_noted_searched_and_deleted(
    backtest_world: tuple[World, InlineRuns], bench: str, browser_session: BrowserSession
) -> None:
    for fast in ("5", "8"):
        keep(*backtest_world, parameters__fast=fast)
    page = browser_session.open(bench)
    rows = page.locator("#backtest-history .ag-center-cols-container .ag-row")
    expect(rows).to_have_count(2)
    for box in page.locator("#backtest-history .ag-row input[type=checkbox]").all():
        box.check()
    page.click("#backtest-compare")
    compared = page.locator(".compared").first
    expect(compared).to_contain_text("parameters.fast")
    expect(compared).to_contain_text("#2 EmaCrossover")
    expect(page).to_have_url(re.compile("compare=1%2C2"))
    page.wait_for_selector("#backtest-growth .scatterlayer .trace path", state="attached")
    assert page.locator(".compared .best").count() > 5
    page.click(".run-link >> text=#2 EmaCrossover >> nth=0")
    wait_for_plots(page)
    page.click("text=Note and tags")
    page.fill("[name=note]", "worth another look")
    page.fill("[name=tags]", "ema, short")
    page.click("dialog >> text=Save")
    expect(page.locator(".annotation")).to_contain_text("worth another look")
    page.click("#backtest-back")
    page.fill("#backtest-search", "another")
    expect(rows).to_have_count(1)
    page.locator("#backtest-history .ag-row input[type=checkbox]").first.check()
    page.click("#backtest-delete")
    expect(page.locator("dialog")).to_contain_text("#2 EmaCrossover")
    page.click("dialog >> text=Keep")
    assert len(backtest_world[0].store.backtests) == 2
    page.click("#backtest-delete")
    page.click("dialog .danger")
    expect(rows).to_have_count(0)
    until(page, "document.getElementById('backtest-count').textContent.includes('No backtest')")
    assert list(backtest_world[0].store.backtests) == [1]


def test_a_round_trip_shows_its_candles_and_settings_go_back_into_the_form(
    backtest_world: tuple[World, InlineRuns], bench: str, browser_session: BrowserSession
) -> None:
    keep(*backtest_world, parameters__fast="6")
    page = browser_session.open(f"{bench}?run=1")
    wait_for_plots(page)
    before = page.evaluate("document.getElementById('backtest-candles').data[0].x[0]")
    page.locator("#backtest-round-trips .ag-row").first.click()
    until(page, f"document.getElementById('backtest-candles').data[0].x[0] < {before}")
    page.click("text=Use these settings")
    expect(page.locator('[name="parameters.fast"]')).to_have_value("6")


def test_what_is_not_there_is_reported(bench: str, browser_session: BrowserSession) -> None:
    page = browser_session.open(f"{bench}?run=99")
    expect(page.locator("#banner")).to_contain_text("backtest 99")
    expect(page.locator("#backtest-count")).to_contain_text("fill in the form")
    browser_session.errors.clear()


def test_on_a_phone_nothing_is_wider_than_the_screen(
    backtest_world: tuple[World, InlineRuns], bench: str, browser: Browser
) -> None:
    keep(*backtest_world)
    phone = BrowserSession(browser, width=390, height=844)
    page = phone.open(f"{bench}?run=1")
    wait_for_plots(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.context.close()
    assert phone.errors == []
