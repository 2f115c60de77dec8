"""The chart moves with the tape, and never under the reader's hands."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import WebSocket, expect

from tests.dashboard_world import World, exchange_candle
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import (
    bar_count,
    drag,
    last_bar,
    last_time,
    legend,
    older_candles_held,
    point_at,
    relay_live,
    scroll_to_the_oldest,
    shown_range,
    summary,
    until,
    wait_for_bars,
    wait_for_chart,
    wait_for_close,
    wait_for_paint,
    wait_for_summary,
    zoom,
)
from tests.integration.waits import eventually

FRAMES_LOST = {"type": "resync"}
BACKGROUND = "getComputedStyle(document.documentElement).getPropertyValue('--tt-panel')"


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
    wait_for_close(page, 65000.0)
    assert last_bar(page)["time"] == before["time"] + 60
    assert bar_count(page) == count + 1


def test_quiet_minutes_are_flat_candles(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    before, count = last_bar(page), bar_count(page)
    world.btc.trade("65000", at=opening(before, minutes=4))
    wait_for_close(page, 65000.0)
    assert bar_count(page) == count + 4
    point_at(page, last_time(page) - 60)
    quiet = legend(page)
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
    wait_for_summary(page, "last", int(times[-1].timestamp()))
    for time in times:
        point_at(page, int(time.timestamp()))
        assert legend(page)["volume"] > 0


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
    wait_for_close(page, float(world.btc.price))
    assert shown_range(page) == before


def test_scrolled_back_the_price_line_is_at_the_newest_price(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    drag(page, 700)
    before = shown_range(page)
    assert before["to"] < last_time(page)
    world.btc.trade("70000.1")
    wait_for_summary(page, "line", "70000.1")
    assert shown_range(page) == before


def test_zoom_and_pan_survive_a_snapshot(site: str, browser_session: BrowserSession) -> None:
    send = relay_live(browser_session.context)
    page = browser_session.open(site)
    wait_for_chart(page)
    zoom(page, 4)
    drag(page, 300)
    before = shown_range(page)
    with page.expect_response("**/_dash-update-component*"):
        send(FRAMES_LOST)
    page.wait_for_timeout(500)
    assert shown_range(page) == before


def test_zoom_and_pan_survive_a_switch_of_the_scheme(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    zoom(page, 4)
    drag(page, 300)
    before, background = shown_range(page), page.evaluate(BACKGROUND)
    page.click("#color-scheme")
    until(page, f"before => {BACKGROUND} !== before", background)
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
    wait_for_bars(page, 1991)
    page.wait_for_timeout(500)
    left, first = shown_range(page)["from"], int(summary(page, "first"))
    assert left > first + 60 * 60
    assert bar_count(page) == (last_time(page) - first) / 60 + 1


@pytest.mark.parametrize("past_minutes", [2600])
def test_the_view_stays_while_older_candles_come(
    site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    with older_candles_held(page) as requests:
        scroll_to_the_oldest(page, requests)
        before = shown_range(page)
        assert bar_count(page) <= 1002
    wait_for_bars(page, 1991)
    page.wait_for_timeout(500)
    assert shown_range(page) == before


def test_reloading_beside_another_tab_leaves_one_connection_each(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    other = browser_session.open(site)
    page = browser_session.open(site)
    wait_for_chart(page)
    opened: list[WebSocket] = []
    page.on("websocket", lambda socket: opened.append(socket))
    for _ in range(5):
        page.reload()
        wait_for_chart(page)
    assert len(opened) == 5
    eventually(lambda: len(world.bus._subscriptions) == 1)
    for _ in range(40):
        world.btc.trade()
    world.btc.trade("66000.5")
    for tab in (page, other):
        tab.bring_to_front()
        wait_for_close(tab, 66000.5)


@pytest.mark.parametrize("past_minutes", [100])
def test_history_that_comes_later_is_shown_without_a_reload(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    assert bar_count(page) <= 102
    before = shown_range(page)
    opening_time = datetime.fromtimestamp(int(summary(page, "first")), UTC)
    past = [opening_time - timedelta(minutes=minute) for minute in range(1, 201)]
    world.candles.save([exchange_candle(time) for time in past])
    wait_for_bars(page, bar_count(page) + 200)
    page.wait_for_timeout(500)
    assert shown_range(page)["to"] == before["to"]
