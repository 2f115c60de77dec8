"""Notifications as a POST of JSON to a configured address."""

from utils.alerts.delivery import Delivery
from utils.alerts.notify.channel import Channel
from utils.alerts.notify.channels.http_post import post_json


class WebhookChannel(Channel):
    """Sends the message's fields; a retry sends the same `id`."""

    name = "webhook"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, delivery: Delivery) -> None:
        made_at = delivery.made_at.isoformat()
        message = {
            "id": f"{made_at}/{delivery.rule}/{delivery.subject}/{delivery.kind}",
            "kind": str(delivery.kind),
            "severity": str(delivery.severity),
            "rule": delivery.rule,
            "subject": delivery.subject,
            "opened_at": delivery.opened_at.isoformat(),
            "made_at": made_at,
            "title": delivery.title,
            "body": delivery.body,
        }
        post_json(self.name, self._url, message)
