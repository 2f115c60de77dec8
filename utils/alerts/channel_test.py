"""A test through one channel, now: it is not repeated, and what came of it is said."""

from enum import StrEnum

import msgspec

from utils.alerts.channel import Channel
from utils.alerts.delivery import Delivery
from utils.alerts.errors import ChannelRefused, ChannelUnavailable
from utils.alerts.notifications import after_failure, after_success
from utils.clock import Clock


class ChannelTestOutcome(StrEnum):
    """TAKEN: it went out. REFUSED: settings are wrong. UNREACHABLE: maybe another time."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class ChannelTestResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a test; `delivery` is settled, for the outbox."""

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
        outcome=ChannelTestOutcome.TAKEN, delivery=after_success(delivery, clock.now())
    )


def failed_test(
    outcome: ChannelTestOutcome, delivery: Delivery, problem: str, clock: Clock
) -> ChannelTestResult:
    """Return that a test did not arrive; a test is given up at once."""
    return ChannelTestResult(
        outcome=outcome, delivery=after_failure(delivery, problem, clock.now(), lasting=True)
    )
