"""Indicators on the chart: chosen, changed, kept, and moving with the tape, in both engines."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard_world import World
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import (
    bar_count,
    last_time,
    older_candles_held,
    point_at,
    point_away,
    scroll_to_the_oldest,
    shown_range,
    until,
    wait_for_bars,
    wait_for_chart,
    wait_for_close,
    wait_for_summary,
)

# The rows of the library's table are the panes and the time axis.
PANES = """() => [...document.querySelectorAll("#chart-lightweight tr")]
    .filter((row) => row.offsetHeight > 12).length - 1"""

FILLED = """() => {
    const chart = document.querySelector("#market-chart").dataset;
    const rows = [...document.querySelectorAll(".indicator-row")];
    return rows.length > 0 && rows.every((row) => row.dataset.first === chart.first
        && row.dataset.last === chart.last
        && !row.querySelector(".indicator-waiting, .indicator-problem"));
}"""


def add(page: Page, kind: str) -> None:
    page.click("#market-indicators")
    page.click(f'[data-kind="{kind}"]')
    page.get_by_role("button", name="Done").click()
    until(page, FILLED)


def choose_layout(page: Page, name: str) -> None:
    page.click("#market-layouts")
    page.click(f'[data-layout="{name}"]')


def last_value(page: Page) -> float:
    """Return the newest value of the first indicator, as it is shown."""
    point_away(page)
    return float(page.locator(".indicator-value").first.inner_text().replace(",", ""))


def test_an_indicator_is_found_added_and_drawn_in_its_pane(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    page.keyboard.press("/")
    page.fill('input[type="search"]', "strength")
    page.keyboard.press("Enter")
    expect(page.locator(".dialog h2")).to_have_text("RSI")
    page.get_by_role("button", name="Done").click()
    until(page, FILLED)
    row = page.locator('.pane-legend[data-pane="2"] .indicator-row')
    expect(row).to_contain_text("RSI 14 close")
    assert page.evaluate(PANES) == 3
    page.hover('.pane-legend[data-pane="2"] .indicator-row')
    page.get_by_role("button", name="Remove RSI 14 close").click()
    expect(row).to_have_count(0)


def test_a_parameter_is_changed_and_a_wrong_one_is_refused_beside_its_field(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    add(page, "ema")
    before = last_value(page)
    page.get_by_role("button", name="EMA 20 close", exact=True).click()
    page.fill('input[name="parameter.length"]', "100")
    expect(page.locator(".indicator-name")).to_have_text("EMA 100 close")
    until(page, FILLED)
    assert last_value(page) != before
    page.fill('input[name="parameter.length"]', "0")
    expect(page.locator('[data-field="length"].wrong')).to_be_visible()
    wrong = page.locator('[data-field="length"] .field-problem')
    expect(wrong).to_contain_text("must be at least 1, was 0")
    page.get_by_role("button", name="Defaults").click()
    until(page, FILLED)
    expect(wrong).to_have_text("")
    assert last_value(page) == pytest.approx(before, rel=1e-3)


def test_a_wrong_parameter_gives_way_to_the_last_accepted_one_when_the_form_closes(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    add(page, "ema")
    page.get_by_role("button", name="EMA 20 close", exact=True).click()
    page.fill('input[name="parameter.length"]', "30")
    expect(page.locator(".indicator-name")).to_have_text("EMA 30 close")
    until(page, FILLED)
    page.fill('input[name="parameter.length"]', "-5")
    expect(page.locator('[data-field="length"] .field-problem')).to_contain_text("was -5")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".indicator-name")).to_have_text("EMA 30 close")
    until(page, FILLED)
    page.reload()
    wait_for_chart(page)
    expect(page.locator(".indicator-name")).to_have_text("EMA 30 close")
    until(page, FILLED)


def test_a_colour_is_chosen(site: str, browser_session: BrowserSession) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    add(page, "ema")
    page.get_by_role("button", name="EMA 20 close", exact=True).click()
    page.fill('input[name="colour.ema"]', "#00ff7f")
    until(
        page,
        "getComputedStyle(document.querySelector('.indicator-value')).color === 'rgb(0, 255, 127)'",
    )


def test_the_forming_candle_moves_the_last_value(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    add(page, "ema")
    before, time = last_value(page), last_time(page)
    world.btc.trade("70000")
    shown = "document.querySelector('.indicator-value').textContent.replace(',', '')"
    until(page, f"{shown} > {before}")
    opening = datetime.fromtimestamp(time, UTC) + timedelta(minutes=2)
    world.btc.trade("70000", at=opening)
    wait_for_summary(page, "last", time + 120)
    until(page, FILLED)
    point_at(page, time + 60)
    expect(page.locator(".indicator-value").first).not_to_have_text("—")


def test_indicators_stay_when_the_timeframe_changes(
    site: str, browser_session: BrowserSession
) -> None:
    sent: list[str] = []
    page = browser_session.context.new_page()
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: sent.append(str(text))))
    page.goto(site)
    wait_for_chart(page)
    add(page, "bollinger")
    page.locator("#market-timeframe").get_by_text("5m", exact=True).click()
    wait_for_summary(page, "view", "simulated:BTC-USDT 5m")
    until(page, FILLED)
    assert any('"indicator.5m.' in text for text in sent)


@pytest.mark.parametrize("past_minutes", [2600])
def test_older_candles_come_with_their_values_and_the_view_stays(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    add(page, "ema")
    with older_candles_held(page) as requests:
        scroll_to_the_oldest(page, requests)
        before = shown_range(page)
    wait_for_bars(page, 1991)
    until(page, FILLED)
    page.wait_for_timeout(500)
    assert shown_range(page) == before
    values = page.locator(".indicator-row").get_attribute("data-values")
    assert values == str(bar_count(page))


def test_a_layout_is_saved_kept_by_the_browser_renamed_and_deleted(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    choose_layout(page, "Momentum")
    until(page, FILLED)
    add(page, "sma")
    expect(page.locator("#market-layout-name")).to_have_text("Momentum •")
    page.click("#market-layouts")
    page.fill('input[aria-label="Name of the layout"]', "Mine")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#market-layout-name")).to_have_text("Mine")
    assert [layout.name for layout in world.layouts.all()] == ["Mine"]
    page.reload()
    wait_for_chart(page)
    until(page, FILLED)
    expect(page.locator("#market-layout-name")).to_have_text("Mine")
    names = page.locator(".indicator-name").all_inner_texts()
    assert sorted(name.split()[0] for name in names) == ["EMA", "MACD", "RSI", "SMA"]
    choose_layout(page, "No layout")
    expect(page.locator(".indicator-row")).to_have_count(0)
    choose_layout(page, "Mine")
    expect(page.locator(".indicator-row")).to_have_count(4)
    page.click("#market-layouts")
    page.get_by_role("button", name="Rename Mine").click()
    page.fill('input[aria-label="New name of Mine"]', "Ours")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.locator("#market-layout-name")).to_have_text("Ours")
    delete = page.get_by_role("button", name="Delete Ours")
    delete.click()
    delete.click()
    expect(page.locator('[data-layout="Ours"]')).to_have_count(0)
    assert world.layouts.all() == []


def test_plotly_draws_the_same_indicators(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(f"{site}/?engine=plotly")
    page.wait_for_selector("#chart-plotly .trace.boxes path", state="attached")
    choose_layout(page, "Trend")
    until(page, FILLED)
    lines = "document.getElementById('chart-plotly').data.slice(2, -1)"
    until(page, f"{lines}.length === 6")
    until(page, "document.querySelectorAll('.pane-legend[data-pane=\"2\"]').length === 1")
    world.btc.trade("70123.4")
    wait_for_close(page, 70123.4)
    until(page, f"value => Math.abs({lines}[0].y.at(-1) - value) < 0.06", last_value(page))


def test_hidden_indicators_stay_listed(site: str, browser_session: BrowserSession) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    add(page, "ema")
    page.hover(".indicator-row")
    page.get_by_role("button", name="Hide").click()
    expect(page.locator(".hidden-indicator")).to_contain_text("EMA 20 close")


def test_a_chart_without_indicators_requests_no_values(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    world.btc.trade()
    page.wait_for_timeout(500)
    assert world.function_runner.calls == 0  # type: ignore[attr-defined]
