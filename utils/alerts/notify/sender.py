"""Send messages to their channels, and retry until they are delivered or given up."""

import logging
from collections.abc import Iterable
from threading import Event

from utils.alerts.delivery import Delivery
from utils.alerts.errors import ChannelRefused, ChannelUnavailable
from utils.alerts.notify.channel import Channel
from utils.alerts.notify.notifications import after_failure, after_success
from utils.alerts.notify.outbox import AlertOutbox
from utils.clock import Clock
from utils.isolation import Isolation, ItemFailures

log = logging.getLogger("truetape.alerts")


class NotificationSender:
    """Used by a thread of its own: a slow channel does not delay the evaluation of the rules."""

    def __init__(
        self,
        outbox: AlertOutbox,
        channels: Iterable[Channel],
        clock: Clock,
        failures: ItemFailures | None = None,
    ) -> None:
        self._isolation = Isolation("alert channel", clock, failures or ItemFailures())
        self._outbox = outbox
        self._channels = {channel.name: channel for channel in channels}
        self._clock = clock

    def run(self, stop: Event, every_s: float = 1.0) -> None:
        """Send until `stop` is set."""
        while not stop.wait(every_s):
            self.send_due()

    def send_due(self) -> None:
        """Attempt every due message once."""
        for delivery in self._outbox.due(self._clock.now()):
            with self._isolation.attempt(delivery.channel) as attempt:
                self._outbox.put([self._attempt_delivery(delivery)])
            if attempt.failed:
                now = self._clock.now()
                failed = after_failure(delivery, attempt.problem, now, lasting=False)
                self._outbox.put([failed])

    def _attempt_delivery(self, delivery: Delivery) -> Delivery:
        channel = self._channels.get(delivery.channel)
        try:
            if channel is None:
                raise ChannelRefused(f"channel {delivery.channel} is not configured")
            channel.send(delivery)
        except (ChannelUnavailable, ChannelRefused) as error:
            lasting = isinstance(error, ChannelRefused)
            facts = {"channel": delivery.channel, "problem": str(error)}
            log.log(
                logging.ERROR if lasting else logging.WARNING, "alert not delivered", extra=facts
            )
            return after_failure(delivery, str(error), self._clock.now(), lasting=lasting)
        return after_success(delivery, self._clock.now())
