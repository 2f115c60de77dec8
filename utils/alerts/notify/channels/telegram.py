"""Notifications through a Telegram bot."""

from utils.alerts.delivery import Delivery
from utils.alerts.notify.channel import Channel
from utils.alerts.notify.channels.http_post import post_json

_MAX_LENGTH = 4_000


class TelegramChannel(Channel):
    """Sends to one chat, as plain text without markup."""

    name = "telegram"

    def __init__(self, api_url: str, token: str, chat: str) -> None:
        self._url = f"{api_url}/bot{token}/sendMessage"
        self._chat = chat

    def send(self, delivery: Delivery) -> None:
        text = f"{delivery.title}\n{delivery.body}"[:_MAX_LENGTH]
        message = {
            "chat_id": self._chat,
            "text": text,
            "link_preview_options": {"is_disabled": True},
        }
        post_json(self.name, self._url, message)
