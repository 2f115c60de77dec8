"""The channels of alerts: their settings, their last message, and a test."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

import msgspec

from dashboard.thread_pools import ThreadPools
from data.errors import InvalidValue
from utils.alerts import AlertRepository, Delivery, DeliveryState, NotificationKind, Severity
from utils.alerts.notify.channel import ChannelSetup
from utils.alerts.notify.channel_test import (
    ChannelTestOutcome,
    ChannelTestResult,
    failed_test,
    send_test,
)
from utils.alerts.notify.formats import build_test_delivery
from utils.alerts.notify.notifications import QuietHours
from utils.clock import Clock
from utils.errors import ExternalServiceError, NotFound, ServiceUnavailable

# Channels time out after ten seconds of silence; a server may send slowly for longer.
TEST_TIMEOUT_S = 15.0
STORE_TIMEOUT_S = 3.0


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery of a message, without its text. `rule` and `subject` are empty for a test."""

    channel: str
    rule: str
    subject: str
    opened_at: datetime
    kind: NotificationKind
    made_at: datetime
    due_at: datetime
    settled_at: datetime | None
    state: DeliveryState
    attempts: int
    problem: str


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """One channel. `missing` names the settings without which it is not in use."""

    name: str
    missing: tuple[str, ...]
    min_severity: Severity
    quiet_hours: QuietHours | None
    last_delivery: DeliveryView | None


class ChannelBusy(ServiceUnavailable):
    """The last test of a channel is still running."""


class ChannelService:
    """Lists and tests channels; messages are sent in threads, at most one test per channel."""

    def __init__(
        self,
        setups: Iterable[ChannelSetup],
        alerts: AlertRepository,
        clock: Clock,
        thread_pools: ThreadPools,
        *,
        timeout_s: float = TEST_TIMEOUT_S,
    ) -> None:
        self._setups = {setup.name: setup for setup in setups}
        self._alerts = alerts
        self._clock = clock
        self._run = thread_pools.run
        self._timeout_s = timeout_s
        self._sending: dict[str, asyncio.Task[ChannelTestResult]] = {}
        self._newest: dict[str, DeliveryView] = {}

    async def all(self) -> list[ChannelView]:
        """Return every channel and its newest message; the last known ones during an outage."""
        with suppress(ExternalServiceError, TimeoutError):
            async with asyncio.timeout(STORE_TIMEOUT_S):
                newest = await self._run(self._alerts.newest_by_channel)
            self._newest = {delivery.channel: delivery_view(delivery) for delivery in newest}
        return [_view(setup, self._newest.get(name)) for name, setup in self._setups.items()]

    async def test(self, name: str, by: str) -> ChannelTestResult:
        """Send a test, and store its delivery.

        Raises NotFound, InvalidValue for a channel that is not in use, and ChannelBusy.
        """
        trial = await self._try(name, by)
        # Return the result even if the store is unavailable.
        with suppress(ExternalServiceError, TimeoutError):
            async with asyncio.timeout(STORE_TIMEOUT_S):
                await self._run(self._alerts.settle, [trial.delivery])
        return trial

    async def _try(self, name: str, by: str) -> ChannelTestResult:
        setup = self._setups.get(name)
        if setup is None:
            raise NotFound(f"channel must be one of {', '.join(self._setups)}, was {name[:40]!r}")
        if setup.channel is None:
            raise InvalidValue(
                f"{name} is not configured: set {' and '.join(setup.required_settings)}, "
                f"then restart"
            )
        if name in self._sending and not self._sending[name].done():
            raise ChannelBusy(f"a test of {name} is still running: wait for its end")
        message = build_test_delivery(name, by, self._clock.now())
        sending = asyncio.create_task(
            asyncio.to_thread(send_test, setup.channel, message, self._clock)
        )
        self._sending[name] = sending
        done, _ = await asyncio.wait({sending}, timeout=self._timeout_s)
        if done:
            return sending.result()
        problem = f"{name} has not responded within {self._timeout_s:g} s"
        return failed_test(ChannelTestOutcome.UNREACHABLE, message, problem, self._clock)


def delivery_view(delivery: Delivery) -> DeliveryView:
    """Return a message without its text."""
    names = DeliveryView.__struct_fields__
    return DeliveryView(**{name: getattr(delivery, name) for name in names})


def _view(setup: ChannelSetup, last: DeliveryView | None) -> ChannelView:
    return ChannelView(
        name=setup.name,
        missing=setup.required_settings if setup.channel is None else (),
        min_severity=setup.channel_policy.least,
        quiet_hours=setup.channel_policy.quiet,
        last_delivery=last,
    )
