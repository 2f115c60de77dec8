"""A message through a Discord webhook."""

from utils.alerts.channel import Channel
from utils.alerts.channels.posting import post
from utils.alerts.delivery import Delivery

_LONGEST = 1_900


class DiscordChannel(Channel):
    """Writes into the webhook's channel; nobody is mentioned, whatever the words are."""

    name = "discord"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, delivery: Delivery) -> None:
        content = f"**{delivery.title}**\n{delivery.body}"[:_LONGEST]
        post(self.name, self._url, {"content": content, "allowed_mentions": {"parse": []}})
