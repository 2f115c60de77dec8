"""The notification channels: page, log, webhook, Telegram, Discord, e-mail.

Besides collectors and commands, only this package may use HTTP.
"""

from utils.alerts.notify.channels.discord import DiscordChannel
from utils.alerts.notify.channels.log import LogChannel
from utils.alerts.notify.channels.mail import MailChannel, MailServer
from utils.alerts.notify.channels.page import PageChannel
from utils.alerts.notify.channels.telegram import TelegramChannel
from utils.alerts.notify.channels.webhook import WebhookChannel

__all__ = [
    "DiscordChannel",
    "LogChannel",
    "MailChannel",
    "MailServer",
    "PageChannel",
    "TelegramChannel",
    "WebhookChannel",
]
