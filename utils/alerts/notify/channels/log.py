"""Notifications in the log of the health service."""

import logging

from utils.alerts.alert import Severity
from utils.alerts.delivery import Delivery
from utils.alerts.notify.channel import Channel

log = logging.getLogger("truetape.alerts")

_LEVELS = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.CRITICAL: logging.ERROR,
}


class LogChannel(Channel):
    """Writes a line for each message."""

    name = "log"

    def send(self, delivery: Delivery) -> None:
        facts = {
            "rule": delivery.rule,
            "subject": delivery.subject,
            "kind": str(delivery.kind),
            "title": delivery.title,
            "body": delivery.body,
        }
        log.log(_LEVELS[delivery.severity], "alert", extra=facts)
