"""Notifications on open pages: published on the bus; the alerts themselves are stored anyway."""

from utils.alerts.delivery import Delivery
from utils.alerts.errors import ChannelUnavailable
from utils.alerts.notify.channel import Channel
from utils.alerts.topics import ALERTS
from utils.messaging import Bus, BusUnavailable


class PageChannel(Channel):
    """Publishes each message on the topic `alerts`."""

    name = "page"

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def send(self, delivery: Delivery) -> None:
        try:
            self._bus.publish(ALERTS, delivery.rule or "test", delivery)
        except BusUnavailable as error:
            raise ChannelUnavailable(
                "Redis is unreachable: open pages do not show the alert"
            ) from error
