"""Notifications through a Discord webhook."""

from utils.alerts.delivery import Delivery
from utils.alerts.notify.channel import Channel
from utils.alerts.notify.channels.http_post import post_json

_MAX_LENGTH = 1_900


class DiscordChannel(Channel):
    """Posts to the webhook's channel; mentions are disabled, whatever the text holds."""

    name = "discord"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, delivery: Delivery) -> None:
        content = f"**{delivery.title}**\n{delivery.body}"[:_MAX_LENGTH]
        post_json(self.name, self._url, {"content": content, "allowed_mentions": {"parse": []}})
