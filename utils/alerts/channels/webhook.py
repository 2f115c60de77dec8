"""A POST of JSON to an address of your own."""

from utils.alerts.channel import Channel
from utils.alerts.channels.http_post import post_json
from utils.alerts.delivery import Delivery


class WebhookChannel(Channel):
    """Sends the message's fields; `id` is the same when a message is sent again."""

    name = "webhook"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, delivery: Delivery) -> None:
        made_at = delivery.made_at.isoformat()
        message = {
            "id": f"{made_at}/{delivery.rule}/{delivery.subject}/{delivery.occasion}",
            "occasion": str(delivery.occasion),
            "severity": str(delivery.severity),
            "rule": delivery.rule,
            "subject": delivery.subject,
            "opened_at": delivery.opened_at.isoformat(),
            "made_at": made_at,
            "title": delivery.title,
            "body": delivery.body,
        }
        post_json(self.name, self._url, message)
