"""The chart moves with the tape, and never under the reader's hands."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.dashboard_world import World, exchange_candle
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import (
    bar_count,
    drag,
    last_bar,
    shown_range,
    until,
    wait_for_chart,
    wait_for_paint,
    zoom,
)
from tests.integration.waits import eventually


def opening(bar: dict[str, Any], **later: float) -> datetime:
    """Return a time after the opening of a bar."""
    return datetime.fromtimestamp(bar["time"], UTC) + timedelta(**later)


def test_candles_are_painted_and_the_last_one_moves(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    wait_for_paint(page, 500)
    world.btc.trade("70000.1")
    expect(page.locator("#market-price")).to_have_text("70,000.1")
    until(page, "window.truetape.chart.bars.last.close === 70000.1")
    expect(page.locator("#market-legend")).to_contain_text("70,000.1")
    expect(page.locator("#market-trades tr").first).to_contain_text("70,000.1")
    expect(page.locator("#market-trades tr")).to_have_count(20)
    expect(page).to_have_title(re.compile("70,000.1 BTC-USDT"))


def test_a_new_minute_adds_one_candle(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    before, count = last_bar(page), bar_count(page)
    world.btc.trade("65000", at=opening(before, minutes=1))
    until(page, "window.truetape.chart.bars.last.close === 65000")
    assert last_bar(page)["time"] == before["time"] + 60
    assert bar_count(page) == count + 1


def test_quiet_minutes_are_flat_candles(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    before, count = last_bar(page), bar_count(page)
    world.btc.trade("65000", at=opening(before, minutes=4))
    until(page, "window.truetape.chart.bars.last.close === 65000")
    assert bar_count(page) == count + 4
    quiet = page.evaluate("window.truetape.chart.bars.list.at(-2)")
    assert quiet["volume"] == 0
    assert quiet["open"] == quiet["close"] == before["close"]


def test_three_updates_in_one_frame_are_all_shown(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(f"{site}/?timeframe=1s")
    wait_for_chart(page)
    before = last_bar(page)
    times = [opening(before, seconds=second) for second in (1, 2, 3)]
    world.btc.publish(world.btc.make(times))
    expected = [int(time.timestamp()) for time in times]
    until(page, "times => times.every(t => window.truetape.chart.bars.at(t)?.volume > 0)", expected)


def test_zoom_and_pan_survive_fifty_updates(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    zoom(page, 4)
    drag(page, 300)
    before = shown_range(page)
    for _ in range(50):
        world.btc.trade()
        page.wait_for_timeout(20)
    until(page, "price => window.truetape.chart.bars.last.close === price", float(world.btc.price))
    assert shown_range(page) == before


def test_scrolled_back_the_price_line_is_at_the_newest_price(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    drag(page, 700)
    before = shown_range(page)
    assert before["to"] < last_bar(page)["time"]
    world.btc.trade("70000.1")
    until(page, "window.truetape.engines.lightweight.lastPrice() === 70000.1")
    assert shown_range(page) == before


def test_zoom_and_pan_survive_a_snapshot(site: str, browser_session: BrowserSession) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    zoom(page, 4)
    drag(page, 300)
    before = shown_range(page)
    with page.expect_response("**/_dash-update-component*"):
        page.evaluate("window.truetape.live.resync('a test')")
    page.wait_for_timeout(500)
    assert shown_range(page) == before


def test_zoom_and_pan_survive_a_switch_of_the_scheme(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    zoom(page, 4)
    drag(page, 300)
    before, background = shown_range(page), page.evaluate("window.truetape.palette().background")
    page.click("#color-scheme")
    until(page, "before => window.truetape.palette().background !== before", background)
    page.wait_for_timeout(500)
    assert shown_range(page) == before
    assert page.get_attribute("html", "data-mantine-color-scheme") == "light"


@pytest.mark.parametrize("past_minutes", [2600])
def test_older_candles_are_loaded_at_the_left_edge_and_the_view_stays(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    assert 1000 <= bar_count(page) <= 1002
    zoom(page, -12)
    for _ in range(4):
        if bar_count(page) > 1002:
            break
        drag(page, 900)
    until(page, "window.truetape.chart.bars.length > 1990")
    page.wait_for_timeout(500)
    left = shown_range(page)["from"]
    first = page.evaluate("window.truetape.chart.bars.first.time")
    assert left > first + 60 * 60
    assert page.evaluate(
        """() => window.truetape.chart.bars.list.every(
            (bar, at, all) => at === 0 || bar.time === all[at - 1].time + 60)"""
    )


@pytest.mark.parametrize("past_minutes", [2600])
def test_the_view_stays_while_older_candles_come(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    drag(page, 400)
    before = shown_range(page)
    page.evaluate("window.truetape.chart.loadOlder()")
    until(page, "window.truetape.chart.bars.length > 1990")
    page.wait_for_timeout(500)
    assert shown_range(page) == before


def test_reloading_beside_another_tab_leaves_one_connection_each(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    other = browser_session.open(site)
    page = browser_session.open(site)
    wait_for_chart(page)
    for _ in range(5):
        page.reload()
        wait_for_chart(page)
    until(page, "window.truetape.live.sockets === 1")
    eventually(lambda: len(world.bus._subscriptions) == 1)
    for _ in range(40):
        world.btc.trade()
    world.btc.trade("66000.5")
    for tab in (page, other):
        tab.bring_to_front()
        until(tab, "window.truetape.chart.bars.last.close === 66000.5")


@pytest.mark.parametrize("past_minutes", [100])
def test_history_that_comes_later_is_shown_without_a_reload(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    assert bar_count(page) <= 102
    before = shown_range(page)
    first = page.evaluate("window.truetape.chart.bars.first.time")
    opening_time = datetime.fromtimestamp(first, UTC)
    past = [opening_time - timedelta(minutes=minute) for minute in range(1, 201)]
    world.candles.save([exchange_candle(time) for time in past])
    until(page, "count => window.truetape.chart.bars.length >= count", bar_count(page) + 200)
    page.wait_for_timeout(500)
    assert shown_range(page)["to"] == before["to"]
