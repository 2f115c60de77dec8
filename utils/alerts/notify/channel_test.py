"""Test one channel now, without retries, and report the result."""

from enum import StrEnum

import msgspec

from utils.alerts.delivery import Delivery
from utils.alerts.errors import ChannelRefused, ChannelUnavailable
from utils.alerts.notify.channel import Channel
from utils.alerts.notify.notifications import after_failure, after_success
from utils.clock import Clock


class ChannelTestOutcome(StrEnum):
    """ACCEPTED: sent. REFUSED: the settings are wrong. UNREACHABLE: may succeed later."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class ChannelTestResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a channel test; `delivery` is settled, for the outbox."""

    outcome: ChannelTestOutcome
    delivery: Delivery


def send_test(channel: Channel, delivery: Delivery, clock: Clock) -> ChannelTestResult:
    """Send a message once, blocking."""
    try:
        channel.send(delivery)
    except ChannelRefused as error:
        return failed_test(ChannelTestOutcome.REFUSED, delivery, str(error), clock)
    except ChannelUnavailable as error:
        return failed_test(ChannelTestOutcome.UNREACHABLE, delivery, str(error), clock)
    return ChannelTestResult(
        outcome=ChannelTestOutcome.ACCEPTED, delivery=after_success(delivery, clock.now())
    )


def failed_test(
    outcome: ChannelTestOutcome, delivery: Delivery, problem: str, clock: Clock
) -> ChannelTestResult:
    """Return the result of a failed test; a test is not retried."""
    return ChannelTestResult(
        outcome=outcome, delivery=after_failure(delivery, problem, clock.now(), lasting=True)
    )
