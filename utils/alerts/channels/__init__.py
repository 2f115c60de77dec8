"""The ways to a person: page, log, webhook, Telegram, Discord, e-mail.

This room alone, besides collectors and commands, may speak HTTP.
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
