"""Which channel gets which message, when, and how often."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tests.alert_world import Memory, World
from utils.alerts import AlertKey, DeliveryState, Mute, Severity
from utils.alerts.delivery import Delivery
from utils.alerts.errors import ChannelRefused, ChannelUnavailable
from utils.alerts.notify.channel import Channel
from utils.alerts.notify.formats import build_test_delivery as message_of_a_test
from utils.alerts.notify.notifications import (
    GIVE_UP_AFTER,
    MAX_RETRY_DELAY,
    ChannelPolicy,
    QuietHours,
)
from utils.alerts.notify.outbox import AlertOutbox
from utils.alerts.notify.sender import NotificationSender

NIGHT = QuietHours(time(22), time(7))
HOUR_S = 3_600.0


def on(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def fill_disk(world: World, free: float = 1e9) -> None:
    world.source_metrics["host"]["disk_free_bytes"] = free


def use_channel_policies(world: World, *channel_policies: ChannelPolicy) -> None:
    """Notify these channels instead of all."""
    world.channel_policies = channel_policies
    world.start_health()


class Broken(Channel):
    """A channel that cannot be reached, or refuses, a given number of times."""

    name = "memory"

    def __init__(self, failures: int, error: type[Exception]) -> None:
        self.tries = 0
        self._failures = failures
        self._error = error

    def send(self, delivery: Delivery) -> None:
        del delivery
        self.tries += 1
        if self.tries <= self._failures:
            raise self._error("out of order")


def test_an_alert_has_summary_time_evidence_and_remedy() -> None:
    world = World()
    world.run(60)
    fill_disk(world)
    world.run(10)
    (message,) = world.channel.sent
    assert message.title == "warning: low disk space"
    assert message.body.splitlines() == [
        "what: low disk space (host)",
        "since: 2026-03-01 12:01:10 UTC",
        "evidence: disk_free_bytes 1,000,000,000, minimum 2,000,000,000",
        "what to do: docs/operations.md#disk-low",
    ]
    fill_disk(world, 5e10)
    world.run(60)
    assert world.channel.sent[-1].title == "warning: resolved: low disk space"
    assert "now: disk_free_bytes 50,000,000,000" in world.channel.sent[-1].body


def test_an_alert_is_repeated_every_hour_until_it_is_acknowledged() -> None:
    world = World()
    fill_disk(world)
    world.run(2.5 * HOUR_S, every_s=40)
    assert world.notifications_of("disk-low") == ["opened", "repeated", "repeated"]
    world.alerts.acknowledge(AlertKey("disk-low", "host"), "me", world.clock.now())
    world.run(3 * HOUR_S, every_s=40)
    assert world.notifications_of("disk-low") == ["opened", "repeated", "repeated"]
    assert world.alerts.open()[0].acknowledged_by == "me"


def test_a_muted_alert_is_open_and_not_delivered() -> None:
    world = World()
    until = world.clock.now() + timedelta(hours=1)
    mute = Mute(rule="disk-*", subject="*", until=until, by="me", reason="moving", made_at=on(12))
    world.alerts.mute(mute)
    fill_disk(world)
    world.run(60)
    assert world.open() == {"disk-low"}
    assert world.channel.sent == []


def test_an_alert_that_flickers_opens_once() -> None:
    world = World()
    for _ in range(10):
        fill_disk(world)
        world.run(10)
        fill_disk(world, 5e10)
        world.run(20)
    assert world.notifications_of("disk-low") == ["opened"]


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (on(21, 59), None),
        (on(22), on(7, day=2)),
        (on(3), on(7)),
        (on(7), None),
    ],
)
def test_quiet_hours_go_over_midnight(now: datetime, end: datetime | None) -> None:
    assert NIGHT.end_of(now) == end
    assert QuietHours(time(1), time(2)).end_of(on(1, 30)) == on(2)
    assert QuietHours(time(1), time(2)).end_of(on(2)) is None


def test_in_quiet_hours_only_critical_alerts_are_sent_and_the_rest_waits() -> None:
    world = World()
    noon = QuietHours(time(11), time(13))
    use_channel_policies(world, ChannelPolicy(channel="memory", quiet=noon))
    fill_disk(world, 1e8)
    world.run(60)
    assert [each.rule for each in world.channel.sent] == ["disk-full"]
    world.run(HOUR_S, every_s=40)
    assert {each.rule for each in world.channel.sent} == {"disk-full", "disk-low"}


def test_an_alert_resolved_before_its_first_delivery_is_not_sent() -> None:
    world = World()
    use_channel_policies(
        world, ChannelPolicy(channel="memory", quiet=QuietHours(time(11), time(13)))
    )
    fill_disk(world)
    world.run(60)
    fill_disk(world, 5e10)
    world.run(2 * HOUR_S, every_s=40)
    assert world.channel.sent == []
    assert [each.state for each in world.alerts.deliveries(9)] == [DeliveryState.DROPPED]


def test_a_channel_receives_only_alerts_of_its_severity() -> None:
    world = World()
    use_channel_policies(world, ChannelPolicy(channel="memory", least=Severity.CRITICAL))
    fill_disk(world, 1e8)
    world.run(60)
    assert [each.rule for each in world.channel.sent] == ["disk-full"]


def test_a_message_is_tried_again_with_growing_pauses_until_it_arrives() -> None:
    world, channel = World(), Broken(4, ChannelUnavailable)
    outbox = AlertOutbox(world.alerts)
    sender = NotificationSender(outbox, [channel], world.clock)
    outbox.put([message_of_a_test("memory", "me", world.clock.now())])
    pauses, before = [], world.clock.now()
    while outbox.waiting():
        tries = channel.tries
        sender.send_due()
        if channel.tries > tries:
            pauses.append((world.clock.now() - before).total_seconds())
            before = world.clock.now()
        world.clock.advance(1)
    assert pauses == [0, 10, 20, 40, 80]
    outbox.sync(world.clock.now())
    (kept,) = world.alerts.deliveries(9)
    assert (kept.state, kept.attempts, kept.problem) == (DeliveryState.SENT, 5, "")


def test_a_message_is_given_up_after_a_day() -> None:
    world, channel = World(), Broken(10_000, ChannelUnavailable)
    outbox = AlertOutbox(world.alerts)
    sender = NotificationSender(outbox, [channel], world.clock)
    outbox.put([message_of_a_test("memory", "me", world.clock.now())])
    began = world.clock.now()
    while outbox.waiting():
        sender.send_due()
        world.clock.advance(MAX_RETRY_DELAY.total_seconds())
    assert GIVE_UP_AFTER <= world.clock.now() - began <= GIVE_UP_AFTER + 2 * MAX_RETRY_DELAY
    assert outbox.failed == 1


@pytest.mark.parametrize("channel", [Broken(1, ChannelRefused), Memory()])
def test_a_refusal_is_final_and_so_is_a_channel_that_is_not_set_up(channel: Channel) -> None:
    world = World()
    outbox = AlertOutbox(world.alerts)
    channel.name = "memory" if isinstance(channel, Broken) else "other"
    outbox.put([message_of_a_test("memory", "me", world.clock.now())])
    NotificationSender(outbox, [channel], world.clock).send_due()
    outbox.sync(world.clock.now())
    (kept,) = world.alerts.deliveries(9)
    assert kept.state is DeliveryState.FAILED
    assert kept.problem in ("out of order", "channel memory is not configured")


def test_a_test_that_a_page_requested_is_sent_once() -> None:
    world = World()
    outbox = AlertOutbox(world.alerts)
    outbox.put([message_of_a_test("memory", "me", world.clock.now())])
    outbox.sync(world.clock.now())
    world.run(60)
    assert [each.title for each in world.channel.sent] == [
        "test: alerts of Truetape are sent to this channel"
    ]


def test_alerts_of_a_removed_rule_resolve() -> None:
    world = World()
    fill_disk(world)
    world.run(60)
    world.rules = ()
    world.start_health()
    world.run(10)
    assert world.open() == set()
