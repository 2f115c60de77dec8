"""The notification channels: page, log, webhook, Telegram, Discord, e-mail.

Besides collectors and commands, only this package may use HTTP.
"""

from utils.alerts.channels.discord import DiscordChannel
from utils.alerts.channels.log import LogChannel
from utils.alerts.channels.mail import MailChannel, MailServer
from utils.alerts.channels.page import PageChannel
from utils.alerts.channels.telegram import TelegramChannel
from utils.alerts.channels.webhook import WebhookChannel

__all__ = [
    "DiscordChannel",
    "LogChannel",
    "MailChannel",
    "MailServer",
    "PageChannel",
    "TelegramChannel",
    "WebhookChannel",
]
