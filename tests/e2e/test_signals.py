"""Strategies on the chart and on their own page."""

import pytest
from playwright.sync_api import expect

from data import Timeframe
from strategies import Direction, Group
from strategies.requests import VERIFYING
from tests.dashboard_signals import (
    a_broken_file,
    a_failed_verification,
    answer,
    evaluate_strategy,
    library_files,
    publish_signal,
    skip,
)
from tests.dashboard_world import World
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import (
    point_at,
    summary,
    until,
    wait_for_chart,
    wait_for_close,
    wait_for_paint,
    wait_for_summary,
)
from tests.integration.waits import eventually

MARKED = "document.querySelector('#market-chart').dataset.signals"


@pytest.fixture
def group(world: World) -> Group:
    return evaluate_strategy(world, "EmaCrossover", {"fast": 9, "slow": 21}, "config:trend")


def test_signals_are_marked_with_their_reason(
    world: World, group: Group, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    until(page, f"{MARKED} > 5")
    signal = world.signals.last_signals(1, group)[0]
    point_at(page, int(signal.close_time.timestamp()) - 60)
    legend = page.locator("#market-legend .legend-signal")
    expect(legend).to_contain_text(f"{signal.direction.name}")
    expect(legend).to_contain_text(signal.reason)


def test_a_signal_appears_as_it_is_given_and_a_skip_is_marked(
    world: World, group: Group, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    until(page, f"{MARKED} > 5")
    count = int(summary(page, "signals"))
    status = world.signals.group(group)
    assert status is not None
    close_time = status.evaluated_to + Timeframe.M1.duration
    world.btc.trade("66000", at=close_time)
    publish_signal(world, group, close_time, Direction.FLAT, "because we say so")
    wait_for_summary(page, "signals", count + 1)
    point_at(page, int(close_time.timestamp()) - 60)
    legend = page.locator("#market-legend .legend-signal")
    expect(legend).to_contain_text("because we say so")
    skip(world, group, close_time + Timeframe.M1.duration, "took 2.1 s")
    wait_for_summary(page, "signals", count + 2)
    point_at(page, int(close_time.timestamp()))
    expect(legend).to_contain_text("SKIPPED")


def test_a_signal_that_arrives_before_its_candle_is_drawn_with_it(
    world: World, group: Group, site: str, browser_session: BrowserSession
) -> None:
    received: list[str] = []
    page = browser_session.context.new_page()
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda text: received.append(str(text))),
    )
    page.goto(site)
    wait_for_chart(page)
    until(page, f"{MARKED} > 5")
    count = int(summary(page, "signals"))
    status = world.signals.group(group)
    assert status is not None
    opens = status.evaluated_to + 3 * Timeframe.M1.duration
    publish_signal(world, group, opens + Timeframe.M1.duration, Direction.FLAT, "early")
    eventually(lambda: page.wait_for_timeout(20) or any('"early"' in text for text in received))
    page.wait_for_timeout(100)
    assert summary(page, "signals") == str(count)
    world.btc.trade("66000", at=opens)
    wait_for_summary(page, "signals", count + 1)
    point_at(page, int(opens.timestamp()))
    expect(page.locator("#market-legend .legend-signal")).to_contain_text("early")


def test_a_strategy_is_requested_on_the_chart_and_withdrawn(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    world.strategies.save_files(library_files())
    page = browser_session.open(site)
    wait_for_chart(page)
    page.click("#market-signals")
    expect(page.locator(".dialog")).to_contain_text("No strategy watches BTC-USDT 1m yet")
    page.get_by_role("button", name="Request a strategy").click()
    page.click('[data-strategy="EmaCrossover"]')
    page.fill('input[name="parameter.fast"]', "99999")
    page.get_by_role("button", name="Show its signals").click()
    wrong = page.locator('[data-field="fast"] .field-problem')
    expect(wrong).to_have_text("must be at least 1 and at most 999, was 99999")
    # Chromium reports the status of the refusal in its console.
    browser_session.errors[:] = [error for error in browser_session.errors if "422" not in error]
    assert world.requests.all() == []
    page.fill('input[name="parameter.fast"]', "30")
    page.get_by_role("button", name="Show its signals").click()
    expect(page.locator(".group-row")).to_contain_text("waits for the strategy engine")
    stored_request = world.requests.all()[0].request
    assert (stored_request.strategy, stored_request.parameters) == ("EmaCrossover", '{"fast": 30}')
    assert stored_request.requester.startswith("chart:")
    answer(world, None, stored_request.requester, VERIFYING)
    expect(page.locator(".group-row")).to_contain_text(VERIFYING, timeout=15_000)
    expect(page.locator(".group-row .bad")).to_have_count(0)
    answer(world, None, stored_request.requester, "fast (30) must be below slow (26)")
    expect(page.locator(".group-row .bad")).to_have_text(
        "fast (30) must be below slow (26)", timeout=15_000
    )
    page.get_by_role("button", name="Remove EmaCrossover").click()
    expect(page.locator(".group-row")).to_have_count(0)
    assert world.requests.all() == []


def test_a_broken_file_of_the_user_is_shown_with_its_line(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    world.strategies.save_files([*library_files(), a_broken_file()])
    page = browser_session.open(f"{site}/strategies")
    panel = page.locator(".file-problems")
    expect(panel).to_contain_text("user_strategies/my_first.py:12")
    expect(panel).to_contain_text("NameError: name 'emma' is not defined")
    world.strategies.save_files(library_files())
    expect(panel).to_have_count(0)


def test_a_strategy_is_shown_with_source_bounds_health_and_last_signals(
    world: World, group: Group, site: str, browser_session: BrowserSession
) -> None:
    world.strategies.save_files(library_files())
    page = browser_session.open(f"{site}/strategies")
    page.get_by_role("link", name="EMA crossover").click()
    detail = page.locator('[data-strategy="EmaCrossover"]')
    expect(detail).to_contain_text("strategies/library/ema_crossover.py:14")
    expect(detail).to_contain_text("2 to 1,000")
    expect(detail).to_contain_text("Evaluated on 1 instrument")
    expect(page.locator(".last-signals tbody tr")).to_have_count(
        len(world.signals.last_signals(50))
    )
    status = world.signals.group(group)
    assert status is not None
    skip(world, group, status.evaluated_to + Timeframe.M1.duration, "raised ZeroDivisionError")
    expect(detail).to_contain_text("Skips candles: raised ZeroDivisionError")
    world.strategies.save_verification_result(a_failed_verification())
    page.get_by_role("link", name="BTC-USDT 1m").first.click()
    wait_for_chart(page)


def test_the_chart_is_whole_again_after_a_visit_to_another_page(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    wait_for_chart(page)
    page.click("#market-layouts")
    page.click('[data-layout="Momentum"]')
    expect(page.locator("#feed-badge")).to_have_attribute("data-topics", "6")
    rail = page.get_by_role("navigation", name="Pages", exact=True)
    rail.get_by_role("link", name="Strategies").click()
    expect(page.locator(".strategies-grid")).to_be_visible()
    world.btc.trade()
    expect(page.locator("#feed-badge")).to_have_attribute("data-topics", "0")
    expect(page).to_have_title("Strategies · SIMULATED · Truetape")
    rail.get_by_role("link", name="Market").click()
    wait_for_chart(page)
    wait_for_paint(page, 500)
    expect(page.locator(".indicator-row")).to_have_count(3)
    world.btc.trade("70001.5")
    wait_for_close(page, 70001.5)
