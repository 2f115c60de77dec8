"""The page around the chart: choices, appearance, small screens, and empty sources."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard_world import World
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import (
    bar_count,
    module_url,
    shown_range,
    until,
    wait_for_chart,
    wait_for_paint,
    wait_for_summary,
    zoom,
)
from tests.money_cases import MONEY

ASSETS = Path(__file__).parents[2] / "dashboard/assets"
TAPE = """<!doctype html>
<section class="panel tape" style="width: {width}px"><h2>Last trades</h2><table>
  <thead><tr><th>Time</th><th>Price</th><th>Size</th></tr></thead><tbody><tr class="up">
  <td>{cells[0]}</td><td>{cells[1]}</td><td>{cells[2]}</td></tr></tbody></table></section>"""
# Where the text of each cell begins and ends, and where the panel ends.
EXTENTS = """() => {
  const right = document.querySelector(".tape").getBoundingClientRect().right;
  return [...document.querySelectorAll(".tape td")].map((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const { left, right } = range.getBoundingClientRect();
    return [left, right];
  }).concat([[right, right]]);
}"""
FORMATTED = """async ([url, name, cases]) => {
    const format = await import(url);
    return cases.map((values) => format[name](...values));
}"""


def test_a_browser_writes_money_as_reports_do(site: str, browser_session: BrowserSession) -> None:
    page = browser_session.open(site)
    url = module_url(page, "core/format.js")
    cases = [[value, currency] for value, currency, _ in MONEY]
    texts = page.evaluate(FORMATTED, [url, "money", cases])
    assert texts == [text.replace("-", "−") for _, _, text in MONEY]
    plain = page.evaluate(FORMATTED, [url, "plain", [[4.4626e-11], [-3.34e-7], [0.05], [1.5]]])
    assert plain == ["4.4626e−11", "−0.000000334", "0.05", "1.500"]
    prices = page.evaluate(FORMATTED, [url, "price", [[1.512e-9], [70123.4], [91234.567]]])
    assert prices == ["0.000000001512", "70,123.40", "91,234.567"]


# The panel on a usual screen, on one below 1100 px, and on a phone of 390 px.
@pytest.mark.parametrize("width", [280, 240, 376])
@pytest.mark.parametrize("price", ["0.000000001512", "70,123.4"])
def test_the_last_trades_hold_prices_of_twelve_decimals(
    browser: Browser, width: int, price: str
) -> None:
    page = browser.new_page()
    page.set_content(TAPE.format(width=width, cells=("23:59:59", price, "1,234,567.89")))
    for style in ("tokens.css", "shell.css", "market.css"):
        page.add_style_tag(path=ASSETS / style)
    extents = page.evaluate(EXTENTS)
    gaps = [after[0] - before[1] for before, after in pairwise(extents)]
    assert min(gaps) >= 8, extents
    page.close()


def test_the_address_is_the_state_of_the_page(site: str, browser_session: BrowserSession) -> None:
    page = browser_session.open(f"{site}/?symbol=simulated:BTC-USDT&timeframe=5m")
    wait_for_chart(page)
    wait_for_summary(page, "view", "simulated:BTC-USDT 5m")
    page.locator("#market-timeframe").get_by_text("1h", exact=True).click()
    wait_for_summary(page, "view", "simulated:BTC-USDT 1h")
    expect(page).to_have_url(re.compile("timeframe=1h"))
    page.go_back()
    wait_for_summary(page, "view", "simulated:BTC-USDT 5m")


def test_an_instrument_is_found_by_typing(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    page.click("#market-symbol")
    page.fill("#market-symbol", "eth")
    page.get_by_role("option", name="ETH-USDT").click()
    expect(page.locator("#market-state")).to_contain_text("No candles for ETH-USDT 1m yet")
    expect(page).to_have_url(re.compile("symbol=simulated:ETH-USDT"))
    world.eth.trade("3400.5")
    wait_for_summary(page, "bars", 1)
    expect(page.locator("#market-state")).to_be_hidden()


def test_what_is_typed_into_the_picker_replaces_the_chosen_name(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    page.click("#market-symbol")
    until(page, "window.getSelection().toString() === 'BTC-USDT'")
    page.keyboard.type("eth")
    expect(page.locator("#market-symbol")).to_have_value("eth")
    expect(page.get_by_role("option", name="ETH-USDT")).to_be_visible()


def test_the_chart_may_be_drawn_by_plotly_and_back(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    zoom(page, 3)
    before = shown_range(page)
    page.locator("#market-engine").get_by_text("Plotly").click()
    page.wait_for_selector("#chart-plotly .trace.boxes path", state="attached")
    page.wait_for_timeout(1000)
    after = shown_range(page)
    assert after["from"] == pytest.approx(before["from"], abs=120)
    expect(page).to_have_url(re.compile("engine=plotly"))
    world.btc.trade("70123.4")
    until(page, "document.getElementById('chart-plotly').data[0].close.at(-1) === 70123.4")
    assert shown_range(page)["from"] == pytest.approx(after["from"], abs=61)
    page.locator("#market-engine").get_by_text("Lightweight").click()
    expect(page.locator("#chart-plotly")).to_be_hidden()
    wait_for_paint(page, 500)


def test_both_schemes_have_their_own_colours_without_a_flash(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#color-scheme")
    until(page, "document.documentElement.dataset.mantineColorScheme === 'light'")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.reload(wait_until="commit")
    until(page, "document.body && getComputedStyle(document.body).backgroundColor !== ''")
    assert page.get_attribute("html", "data-mantine-color-scheme") == "light"


def test_without_a_choice_the_page_follows_the_operating_system(
    site: str, browser: Browser
) -> None:
    browser_session = BrowserSession(browser, scheme="light")
    page = browser_session.open(site)
    wait_for_chart(page)
    is_scheme = "scheme => document.documentElement.dataset.mantineColorScheme === scheme"
    assert page.evaluate(is_scheme, "light")
    page.emulate_media(color_scheme="dark")
    until(page, is_scheme, "dark")
    page.click("#color-scheme")
    until(page, is_scheme, "light")
    page.reload()
    wait_for_chart(page)
    assert page.evaluate(is_scheme, "light")
    browser_session.context.close()
    assert browser_session.errors == []


def test_a_simulated_exchange_is_marked_on_the_page_and_in_the_title(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    expect(page.get_by_text("SIMULATED", exact=True)).to_be_visible()
    expect(page).to_have_title(re.compile("SIMULATED"))


def test_a_real_exchange_is_not_marked(
    world: World, port: int, browser_session: BrowserSession
) -> None:
    with world.serve(port, simulated=False) as url:
        page = browser_session.open(url)
        wait_for_chart(page)
        expect(page.get_by_text("SIMULATED", exact=True)).to_have_count(0)
        assert "SIMULATED" not in page.title()


def test_only_pages_that_exist_are_in_the_navigation(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    links = page.get_by_role("navigation", name="Pages", exact=True).locator("a").all()
    titles = "Market Strategies Bots Portfolio Backtests System"
    assert [link.inner_text() for link in links] == titles.split()
    assert links[0].get_attribute("aria-current") == "page"


def test_an_unknown_page_is_shown_as_such_and_has_status_404(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    answer = page.goto(f"{site}/nowhere")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_text("No such page")).to_be_visible()
    # Chromium reports the status of the page in its console.
    browser_session.errors[:] = [
        error for error in browser_session.errors if "404 (Not Found)" not in error
    ]


def test_a_narrow_screen_shows_everything_without_scrolling_sideways(
    site: str, browser: Browser
) -> None:
    browser_session = BrowserSession(browser, width=390, height=844)
    page = browser_session.open(site)
    wait_for_chart(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    chart = page.locator("#market-chart").bounding_box()
    assert chart is not None
    assert chart["height"] == pytest.approx(844 * 0.6, abs=4)
    for part in ("#market-symbol", "#market-price", "#feed-badge", "#clock", "#color-scheme"):
        expect(page.locator(part)).to_be_visible()
    wait_for_paint(page, 300)
    assert bar_count(page) >= 1000
    assert browser_session.errors == []
    browser_session.context.close()


def test_the_legend_follows_the_crosshair(site: str, browser_session: BrowserSession) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    newest = page.inner_text("#market-legend .legend-time")
    box = page.locator("#market-chart").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    until(
        page,
        "newest => document.querySelector('#market-legend .legend-time').textContent !== newest",
        newest,
    )
    page.mouse.move(box["x"] + 200, 10)
    expect(page.locator("#market-legend .legend-time")).to_have_text(newest)


def test_the_keyboard_reaches_every_control(site: str, browser_session: BrowserSession) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        script = "document.activeElement.id || document.activeElement.name || ''"
        reached.append(page.evaluate(script))
    assert "market-symbol" in reached
    assert "color-scheme" in reached
