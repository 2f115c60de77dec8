"""Notifications through a Discord webhook."""

from utils.alerts.channel import Channel
from utils.alerts.channels.http_post import post_json
from utils.alerts.delivery import Delivery

_MAX_LENGTH = 1_900


class DiscordChannel(Channel):
    """Posts to the webhook's channel; mentions are disabled, whatever the text holds."""

    name = "discord"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, delivery: Delivery) -> None:
        content = f"**{delivery.title}**\n{delivery.body}"[:_MAX_LENGTH]
        post_json(self.name, self._url, {"content": content, "allowed_mentions": {"parse": []}})
