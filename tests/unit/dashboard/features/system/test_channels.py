"""Channels on the System page: state, deliveries, and tests that never hang or leak."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.features.system.channels import ChannelBusy, ChannelService
from dashboard.features.system.runbook import paragraphs_of
from dashboard.thread_pools import ThreadPools
from tests.dashboard_platform import a_delivery, an_alert, open_alerts
from tests.dashboard_world import World
from tests.fakes.web import FakeWeb
from tests.web import ORIGIN, a_client, a_server
from utils.alerts import Delivery, DeliveryState, Severity
from utils.alerts.notify.channel import Channel, ChannelSetup
from utils.alerts.notify.channel_test import ChannelTestOutcome
from utils.alerts.notify.channels import WebhookChannel
from utils.alerts.notify.notifications import ChannelPolicy
from utils.clock import SystemClock

CANARY = "c4n4ry-5ecret"
MAIL_SETTINGS = ("ALERTS_MAIL_HOST", "ALERTS_MAIL_FROM", "ALERTS_MAIL_TO")
NOWHERE = "http://nowhere.invalid"


class BlockedChannel(Channel):
    """Blocks each message until the gate opens."""

    name = "dribble"

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.taken: list[Delivery] = []

    def send(self, delivery: Delivery) -> None:
        self.gate.wait(30)
        self.taken.append(delivery)


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with FakeWeb().running() as web:
        yield web


def a_world(url: str = NOWHERE) -> World:
    world = World()
    world.channels += [
        ChannelSetup(
            channel_policy=ChannelPolicy(channel="webhook", least=Severity.CRITICAL),
            channel=WebhookChannel(f"{url}/{CANARY}"),
        ),
        ChannelSetup(channel_policy=ChannelPolicy(channel="mail"), required_settings=MAIL_SETTINGS),
    ]
    return world


def a_service(world: World, channel: Channel, timeout_s: float) -> ChannelService:
    setup = ChannelSetup(channel_policy=ChannelPolicy(channel=channel.name), channel=channel)
    return ChannelService([setup], world.alerts, SystemClock(), ThreadPools(), timeout_s=timeout_s)


async def outcome_of(world: World, channel: str) -> dict[str, Any]:
    async with a_client(a_server(world=world)) as client:
        answer = await client.post(
            "/api/v1/system/channels/test", json={"channel": channel}, headers=ORIGIN
        )
    assert CANARY not in answer.text
    result: dict[str, Any] = answer.json()
    return result


async def test_every_channel_has_its_policy_and_missing_settings(web: FakeWeb) -> None:
    async with a_client(a_server(world=a_world(web.url))) as client:
        answer = await client.get("/api/v1/system/channels")
    page, log, webhook, mail = answer.json()
    assert [page["name"], log["name"]] == ["page", "log"]
    assert (webhook["min_severity"], webhook["missing"], webhook["last_delivery"]) == (
        "critical",
        [],
        None,
    )
    assert mail["missing"] == list(MAIL_SETTINGS)
    assert CANARY not in answer.text
    assert web.url not in answer.text


@pytest.mark.parametrize(
    ("status", "outcome", "state"),
    [(200, "accepted", "sent"), (404, "refused", "failed"), (503, "unreachable", "failed")],
)
async def test_a_test_reports_its_outcome_and_the_outbox_keeps_it(
    web: FakeWeb, status: int, outcome: str, state: str
) -> None:
    web.status = status
    world = a_world(web.url)
    result = await outcome_of(world, "webhook")
    assert result["outcome"] == outcome
    assert (f"HTTP {status}" in result["problem"]) == (outcome != "accepted")
    ((_, message),) = web.requests
    assert message["kind"] == "test"
    assert "requested by owner" in message["body"]
    (kept,) = world.alerts.deliveries(10)
    assert (kept.channel, kept.state, kept.attempts) == ("webhook", state, 1)
    assert kept.problem == result["problem"]
    assert [entry.action for entry in world.store.audit] == ["/api/v1/system/channels/test"]


async def test_a_closed_port_is_unreachable() -> None:
    result = await outcome_of(a_world(), "webhook")
    assert result["outcome"] == "unreachable"
    assert "cannot be reached" in result["problem"]


async def test_what_is_not_set_up_cannot_be_tested() -> None:
    world = a_world()
    assert (
        "set ALERTS_MAIL_HOST and ALERTS_MAIL_FROM" in (await outcome_of(world, "mail"))["problem"]
    )
    assert "must be one of page, log" in (await outcome_of(world, "pigeon"))["problem"]


async def test_the_database_is_not_needed_for_a_test(web: FakeWeb) -> None:
    world = a_world(web.url)
    world.store.available = False
    assert (await outcome_of(world, "webhook"))["outcome"] == "accepted"
    async with a_client(a_server(world=world)) as client:
        assert len((await client.get("/api/v1/system/channels")).json()) == 4


async def test_a_channel_that_dribbles_is_left_alone_until_it_ends() -> None:
    channel, world = BlockedChannel(), World()
    service = a_service(world, channel, timeout_s=0.05)
    trial = await service.test("dribble", "me")
    assert trial.outcome is ChannelTestOutcome.UNREACHABLE
    assert trial.delivery.problem == "dribble has not responded within 0.05 s"
    assert world.alerts.deliveries(10)[0].state is DeliveryState.FAILED
    with pytest.raises(ChannelBusy, match="still running"):
        await service.test("dribble", "me")
    channel.gate.set()
    assert await outcome_when_free(service) is ChannelTestOutcome.ACCEPTED


async def outcome_when_free(service: ChannelService) -> ChannelTestOutcome:
    while True:
        try:
            trial = await service.test("dribble", "me")
        except ChannelBusy:
            await asyncio.sleep(0.01)
            continue
        if trial.outcome is ChannelTestOutcome.ACCEPTED:
            return trial.outcome


async def test_the_newest_message_stays_known_while_the_database_is_away() -> None:
    world, alert = a_world(), an_alert()
    world.alerts.settle([a_delivery(alert, "webhook", problem="webhook returned HTTP 404")])
    service = world.services().system.channels
    before = await service.all()
    world.store.available = False
    assert await service.all() == before
    last = before[2].last_delivery
    assert last is not None
    assert (last.state, last.problem) == (DeliveryState.FAILED, "webhook returned HTTP 404")


async def test_every_alert_has_its_deliveries() -> None:
    world, alert = World(), an_alert()
    open_alerts(world, alert)
    other = an_alert("process:other")
    for result in (alert, other):
        world.alerts.settle([a_delivery(result, "mail"), a_delivery(result, "log")])
    async with a_client(a_server(world=world)) as client:
        for hours in ("24", "0.01"):
            answer = (await client.get(f"/api/v1/system/deliveries?hours={hours}")).json()
            named = {(each["subject"], each["channel"], each["state"]) for each in answer}
            assert named == {(alert.subject, "mail", "sent"), (alert.subject, "log", "sent")}


async def test_what_to_do_is_read_from_the_docs() -> None:
    async with a_client(a_server()) as client:
        cause, remedy = (await client.get("/api/v1/system/remedy?of=process-down")).json()
        assert (cause["title"], remedy["title"]) == ("Cause", "Remedy")
        assert remedy["text"].startswith("Read the end of its log in <data_dir>/log.")
        missing = await client.get("/api/v1/system/remedy?of=no-such-alert")
    assert missing.status_code == 404
    assert "no heading 'no-such-alert'" in missing.json()["problem"]


def test_an_entry_ends_at_the_next_heading() -> None:
    document = "# a\nnot this\n### b\n\n**Cause.** one\ntwo\n\nthree\n\n## c\nnor this\n"
    texts = [(each.title, each.text) for each in paragraphs_of(document, "b")]
    assert texts == [("Cause", "one two"), ("", "three")]
