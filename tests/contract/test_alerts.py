"""The contract of alert repositories."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.contract.stores import Stores
from utils.alerts import (
    Alert,
    AlertKey,
    AlertStep,
    Delivery,
    DeliveryState,
    Mute,
    NotificationKind,
    Severity,
)
from utils.alerts.errors import AlertMissing

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEY = AlertKey("disk-full", "host")


def an_alert(rule: str = "disk-full", after: timedelta = timedelta(), **other: object) -> Alert:
    given = {
        "subject": "host",
        "severity": Severity.CRITICAL,
        "summary": 'the disk is "full"',
        "evidence": "free 1 MB, below 500 MB",
        "remedy": "disk-full",
        "since": NOON + after - MINUTE,
        "opened_at": NOON + after,
        "notified_at": NOON + after,
    }
    return Alert(rule=rule, **given | other)  # type: ignore[arg-type]


def a_delivery(channel: str = "log", after: timedelta = timedelta(), **other: object) -> Delivery:
    given = {
        "made_at": NOON + after,
        "rule": "disk-full",
        "subject": "host",
        "opened_at": NOON,
        "kind": NotificationKind.OPENED,
        "severity": Severity.CRITICAL,
        "title": "the disk is full",
        "body": "since noon",
        "due_at": NOON + after,
    }
    return Delivery(channel=channel, **given | other)  # type: ignore[arg-type]


def a_mute(rule: str = "disk-*", until: timedelta = HOUR, subject: str = "*") -> Mute:
    return Mute(
        rule=rule, subject=subject, until=NOON + until, by="me", reason="new disk", made_at=NOON
    )


def test_nothing_is_wrong_at_first(stores: Stores) -> None:
    assert stores.alerts.open() == []
    assert stores.alerts.history(NOON - HOUR, NOON + HOUR, 10) == []
    assert stores.alerts.due(NOON, 10) == []
    assert stores.alerts.mutes(NOON) == []


def test_an_alert_comes_back_as_it_was_opened(stores: Stores) -> None:
    stores.alerts.take(AlertStep(opened=(an_alert(), an_alert("data-stale", -MINUTE))))
    assert stores.again().alerts.open() == [an_alert("data-stale", -MINUTE), an_alert()]


def test_one_that_is_open_is_not_opened_again(stores: Stores) -> None:
    stores.alerts.take(AlertStep(opened=(an_alert(),)))
    stores.alerts.take(AlertStep(opened=(an_alert(), an_alert(after=MINUTE))))
    assert stores.alerts.open() == [an_alert()]


def test_a_resolved_one_is_history_and_may_open_again(stores: Stores) -> None:
    over = an_alert(resolved_at=NOON + MINUTE, resolution="free 9 GB")
    stores.alerts.take(AlertStep(opened=(an_alert(),)))
    stores.alerts.take(AlertStep(resolved=(over,)))
    assert stores.alerts.open() == []
    stores.alerts.take(AlertStep(opened=(an_alert(after=HOUR),)))
    stores.alerts.take(AlertStep(opened=(an_alert(),)))
    assert stores.alerts.open() == [an_alert(after=HOUR)]
    assert stores.alerts.history(NOON, NOON + 2 * HOUR, 10) == [an_alert(after=HOUR), over]
    assert stores.alerts.history(NOON, NOON + HOUR, 10) == [over]
    assert stores.alerts.history(NOON, NOON + 2 * HOUR, 1) == [an_alert(after=HOUR)]


def test_a_repeated_notification_leaves_an_acknowledgement_alone(stores: Stores) -> None:
    stores.alerts.take(AlertStep(opened=(an_alert(),)))
    seen = stores.again().alerts.acknowledge(KEY, "me", NOON + MINUTE)
    assert seen == an_alert(acknowledged_at=NOON + MINUTE, acknowledged_by="me")
    stores.alerts.take(
        AlertStep(repeated=(an_alert(notification_count=2, notified_at=NOON + HOUR),))
    )
    assert stores.alerts.open() == [
        msgspec.structs.replace(seen, notification_count=2, notified_at=NOON + HOUR)
    ]


def test_what_is_not_open_cannot_be_acknowledged(stores: Stores) -> None:
    stores.alerts.take(AlertStep(opened=(an_alert(),)))
    stores.alerts.take(AlertStep(resolved=(an_alert(resolved_at=NOON),)))
    with pytest.raises(AlertMissing, match="'disk-full' of 'host'"):
        stores.alerts.acknowledge(KEY, "me", NOON)


def test_a_mute_is_in_force_until_its_end_or_until_it_is_taken_back(stores: Stores) -> None:
    stores.alerts.mute(a_mute(until=MINUTE))
    stores.alerts.mute(a_mute())
    stores.alerts.mute(a_mute("b"))
    assert stores.again().alerts.mutes(NOON + MINUTE) == [a_mute("b"), a_mute()]
    assert stores.alerts.mutes(NOON + HOUR) == []
    stores.alerts.unmute("b", "*")
    stores.alerts.unmute("b", "*")
    assert stores.alerts.mutes(NOON) == [a_mute()]


def test_a_message_is_in_the_outbox_once(stores: Stores) -> None:
    step = AlertStep(opened=(an_alert(),), deliveries=(a_delivery(), a_delivery("mail")))
    stores.alerts.take(step)
    stores.alerts.take(step)
    stores.alerts.take(AlertStep(deliveries=(a_delivery(title="other words"),)))
    assert stores.again().alerts.due(NOON, 10) == [a_delivery(), a_delivery("mail")]


def test_messages_are_due_at_their_time_the_longest_waiting_first(stores: Stores) -> None:
    later = a_delivery("later", due_at=NOON + HOUR)
    stores.alerts.take(
        AlertStep(
            deliveries=(later, a_delivery("b", MINUTE), a_delivery("a", MINUTE), a_delivery())
        )
    )
    due = stores.alerts.due(NOON + MINUTE, 10)
    assert due == [a_delivery(), a_delivery("a", MINUTE), a_delivery("b", MINUTE)]
    assert stores.alerts.due(NOON + MINUTE, 1) == [a_delivery()]


def test_what_became_of_a_message_is_kept(stores: Stores) -> None:
    sent = a_delivery(state=DeliveryState.SENT, attempts=1, settled_at=NOON + MINUTE)
    again = a_delivery("mail", attempts=1, problem="no answer", due_at=NOON + HOUR)
    stores.alerts.take(AlertStep(deliveries=(a_delivery(), a_delivery("mail"))))
    stores.alerts.settle([sent, again])
    stores.alerts.settle([a_delivery("new", MINUTE, state=DeliveryState.FAILED)])
    assert stores.alerts.due(NOON + MINUTE, 10) == []
    assert stores.alerts.deliveries(10) == [
        a_delivery("new", MINUTE, state=DeliveryState.FAILED),
        sent,
        again,
    ]
    assert len(stores.alerts.deliveries(2)) == 2


def test_the_newest_message_of_each_channel_is_known(stores: Stores) -> None:
    test = a_delivery(
        "mail", HOUR, rule="", subject="", opened_at=NOON + HOUR, kind=NotificationKind.TEST
    )
    stores.alerts.take(
        AlertStep(deliveries=(a_delivery(), a_delivery("mail"), test, a_delivery("log", MINUTE)))
    )
    assert stores.again().alerts.newest_by_channel() == [a_delivery("log", MINUTE), test]


def test_of_each_alert_the_newest_message_to_each_channel_is_known(stores: Stores) -> None:
    repeated = a_delivery("mail", HOUR, kind=NotificationKind.REPEATED)
    other = a_delivery("log", HOUR, rule="other")
    before = a_delivery("page", opened_at=NOON - HOUR)
    stores.alerts.take(
        AlertStep(deliveries=(a_delivery(), a_delivery("mail"), repeated, other, before))
    )
    assert stores.alerts.newest_of([an_alert()]) == [repeated, a_delivery()]
    both = [an_alert("other"), an_alert()]
    assert stores.alerts.newest_of(both) == [repeated, other, a_delivery()]
    assert stores.alerts.newest_of([]) == []


def test_pruning_spares_what_is_open_or_waiting(stores: Stores) -> None:
    stores.alerts.take(AlertStep(opened=(an_alert(), an_alert("over"), an_alert("over2"))))
    over = (an_alert("over", resolved_at=NOON), an_alert("over2", resolved_at=NOON))
    stores.alerts.take(AlertStep(resolved=over, deliveries=(a_delivery(),)))
    stores.alerts.settle([a_delivery("mail", state=DeliveryState.SENT)])
    stores.alerts.mute(a_mute(until=MINUTE))
    assert stores.alerts.prune(NOON, 10) == 0
    assert stores.alerts.prune(NOON + HOUR, 1) == 2
    assert stores.alerts.prune(NOON + HOUR, 10) == 1
    assert stores.alerts.history(NOON, NOON + HOUR, 10) == [an_alert()]
    assert stores.alerts.deliveries(10) == [a_delivery()]
    assert stores.alerts.mutes(NOON) == []
