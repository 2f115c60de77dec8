"""The System page: what it shows while all is well, while it is not, and what may be done."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data.status import CollectorState
from tests.dashboard_platform import (
    a_delivery,
    an_alert,
    open_alerts,
    report_platform,
    save_snapshots,
)
from tests.dashboard_world import World
from tests.e2e.conftest import BrowserSession
from tests.e2e.test_hostile_names import assert_harmless, hostile
from tests.fakes.web import FakeWeb
from utils.alerts.notify.channel import ChannelSetup
from utils.alerts.notify.channels import WebhookChannel
from utils.alerts.notify.notifications import ChannelPolicy
from utils.supervision import RestartRequests

SOON_MS = 20_000


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(folder=tmp_path)
    world.fill(minutes=30)
    report_platform(world)
    (tmp_path / "log").mkdir()
    return world


@pytest.fixture
def site(world: World, port: int) -> Iterator[str]:
    with world.serve(port) as url:
        yield f"{url}/system"


def log(world: World, message: str, level: str = "INFO") -> None:
    line = (
        f'{{"time":"2026-11-02T10:00:00Z","level":"{level}","component":"bots",'
        f'"message":"{message}","process":"bots","facts":{{"count":1}}}}\n'
    )
    with (world.folder / "log" / "bots.jsonl").open("a") as raw:
        raw.write(line)


def test_outages_are_reported_while_they_last(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    tiles = page.locator(".tile")
    expect(page.locator(".tile[data-status=ok]")).to_have_count(7, timeout=SOON_MS)
    expect(page.locator("#system-processes tbody tr")).to_have_count(6)
    expect(page.locator("#system-collectors tbody")).to_contain_text("4.5/s")
    save_snapshots(world, "bots", "main", "waiting")
    expect(tiles.filter(has_text="bots is waiting").first).to_be_visible(timeout=SOON_MS)
    world.report(CollectorState.DISCONNECTED, problem="connection refused")
    expect(tiles.filter(has_text="Exchange is unreachable")).to_be_visible(timeout=SOON_MS)
    world.store.available = False
    expect(page.locator("#system-note")).to_contain_text("plays dead", timeout=SOON_MS)
    expect(tiles.filter(has_text="Last known").first).to_be_visible()
    world.store.available = True
    save_snapshots(world, "bots", "main", "running")
    report_platform(world)
    expect(page.locator(".tile[data-status=ok]")).to_have_count(7, timeout=SOON_MS)
    expect(page.locator("#system-note")).to_be_hidden()
    browser_session.errors[:] = [error for error in browser_session.errors if "503" not in error]


def test_a_process_is_restarted_once_its_consequence_is_confirmed(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    page = browser_session.open(site)
    row = page.locator("#system-processes tr", has_text="bots")
    row.get_by_role("button", name="Restart").click(timeout=SOON_MS)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("No bot trades, and no command is carried out")
    dialog.get_by_role("button", name="Leave it running").click()
    assert RestartRequests(world.folder / "restarts").take(["bots"]) == []
    row.get_by_role("button", name="Restart").click()
    dialog.get_by_role("button", name="Restart bots").click()
    expect(row.get_by_role("button", name="Requested")).to_be_visible()
    assert RestartRequests(world.folder / "restarts").take(["bots"]) == ["bots"]
    page.get_by_role("button", name="Access").click()
    audit = page.locator(".access-audit").first
    expect(audit).to_contain_text("/api/v1/system/restart", timeout=SOON_MS)
    expect(audit).to_contain_text("owner (admin)")


def test_alerts_count_in_the_header_and_link_to_their_lines(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    log(world, "bots ended")
    alert = an_alert(summary=hostile("summary"), evidence=hostile("evidence"))
    open_alerts(world, alert)
    world.alerts.settle([a_delivery(alert, "mail", problem=hostile("problem"))])
    page = browser_session.open(site)
    expect(page.locator("#alert-count")).to_have_text("1", timeout=SOON_MS)
    page.click("#alerts-link")
    card = page.locator(".alert-card")
    expect(card).to_contain_text("evidence")
    assert_harmless(page)
    expect(card.get_by_label("Notifications sent")).to_contain_text(
        "E-mail: given up", timeout=SOON_MS
    )
    card.get_by_text("docs/operations.md#process-down").click()
    expect(card).to_contain_text("Cause: A process ended", timeout=SOON_MS)
    card.get_by_role("button", name="Acknowledge").click()
    expect(card).to_contain_text("seen by owner", timeout=SOON_MS)
    card.get_by_role("combobox").select_option("1")
    expect(page.locator(".mute-list")).to_contain_text("is muted until", timeout=SOON_MS)
    card.get_by_role("button", name="Log lines").click()
    lines = page.locator(".log-lines li")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("bots ended")


def test_a_channel_is_tested_from_its_row(
    world: World, port: int, browser_session: BrowserSession
) -> None:
    with FakeWeb(status=404).running() as web:
        world.channels += [
            ChannelSetup(
                channel_policy=ChannelPolicy(channel="webhook"), channel=WebhookChannel(web.url)
            ),
            ChannelSetup(
                channel_policy=ChannelPolicy(channel="mail"),
                required_settings=("ALERTS_MAIL_HOST",),
            ),
        ]
        with world.serve(port) as url:
            _test_from_its_row(browser_session.open(f"{url}/system?tab=alerts"))


def _test_from_its_row(page: Page) -> None:
    row = page.locator(".channels tr", has_text="Webhook")
    row.get_by_role("button").click(timeout=SOON_MS)
    expect(row.get_by_role("status")).to_contain_text("refused: webhook returned HTTP 404")
    expect(row).to_contain_text("given up", timeout=SOON_MS)
    page.get_by_role("button", name="Test In-app page").click()
    expect(page.locator(".alert-toast")).to_contain_text(
        "alerts of Truetape are sent", timeout=SOON_MS
    )
    mail = page.locator(".channels tr", has_text="E-mail")
    expect(mail).to_contain_text("ALERTS_MAIL_HOST is missing")
    expect(mail.get_by_role("button")).to_be_disabled()


def test_log_lines_come_as_they_are_written(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    log(world, "before")
    page = browser_session.open(f"{site}?tab=logs&level=WARNING")
    expect(page.locator(".log-lines")).to_contain_text("No log line matches", timeout=SOON_MS)
    log(world, "whispered")
    log(world, "<img src=x onerror=window.pwned=1>shouted", "ERROR")
    expect(page.locator(".log-lines li")).to_have_count(1, timeout=SOON_MS)
    expect(page.locator(".log-lines")).to_contain_text("shouted")
    assert_harmless(page)
    page.get_by_label("From level").select_option("INFO")
    expect(page.locator(".log-lines li")).to_have_count(3, timeout=SOON_MS)


def test_data_jobs_are_requested_and_report_their_progress(
    world: World, site: str, browser_session: BrowserSession
) -> None:
    world.data_jobs.gate.clear()
    page = browser_session.open(f"{site}?tab=data")
    expect(page.locator(".coverage-group")).to_have_count(1, timeout=SOON_MS)
    page.get_by_role("button", name="Verify candles").click()
    job = page.locator(".data-job")
    expect(job.locator("progress")).to_have_attribute("value", "0.42", timeout=SOON_MS)
    world.data_jobs.gate.set()
    expect(job).to_contain_text("did verify of simulated:BTC-USDT", timeout=SOON_MS)
