"""Composition: alert channels, rules and policies from settings."""

from collections.abc import Iterator

from config import Settings, load_models
from utils.alerts import AlertRule, AlertRules, Severity
from utils.alerts.notify.channel import Channel
from utils.alerts.notify.channels import (
    DiscordChannel,
    LogChannel,
    MailChannel,
    MailServer,
    PageChannel,
    TelegramChannel,
    WebhookChannel,
)
from utils.alerts.notify.notifications import ChannelPolicy, QuietHours
from utils.alerts.setup import ChannelSetup
from utils.errors import ConfigError
from utils.messaging import Bus

_INTERNAL_CHANNELS = (PageChannel.name, LogChannel.name)
# The settings that enable a channel; page and log always are.
REQUIRED_SETTINGS = {
    WebhookChannel.name: ("ALERTS_WEBHOOK_URL",),
    TelegramChannel.name: ("ALERTS_TELEGRAM_TOKEN", "ALERTS_TELEGRAM_CHAT"),
    DiscordChannel.name: ("ALERTS_DISCORD_URL",),
    MailChannel.name: ("ALERTS_MAIL_HOST", "ALERTS_MAIL_FROM", "ALERTS_MAIL_TO"),
}


def rules_of(settings: Settings) -> list[AlertRule]:
    """Read the rules of every file in ALERTS_DIR. Raises ConfigError."""
    folder = settings.folders.alerts_dir
    rules = [rule for rule_file in load_models(folder, AlertRules) for rule in rule_file.rules]
    names = [rule.name for rule in rules]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigError(str(folder), field=repeated[0], problem="is the name of two rules")
    return rules


def channels_of(settings: Settings, bus: Bus) -> list[Channel]:
    """Return the page, the log, and every channel whose address is set."""
    return [PageChannel(bus), LogChannel(), *_outer_channels(settings)]


def setups_of(settings: Settings, bus: Bus) -> list[ChannelSetup]:
    """Return the setup of every channel, in use or not."""
    in_use = {channel.name: channel for channel in channels_of(settings, bus)}
    return [
        ChannelSetup(
            channel_policy=_audience(settings, name),
            channel=in_use.get(name),
            required_settings=REQUIRED_SETTINGS.get(name, ()),
        )
        for name in (*_INTERNAL_CHANNELS, *REQUIRED_SETTINGS)
    ]


def audiences_of(settings: Settings) -> list[ChannelPolicy]:
    """Return the policies of the channels in use: page and log accept everything, at any hour."""
    outer = (channel.name for channel in _outer_channels(settings))
    return [_audience(settings, name) for name in (*_INTERNAL_CHANNELS, *outer)]


def channel_names(settings: Settings) -> tuple[str, ...]:
    """Return the channels in use, which a page can test."""
    return tuple(channel_policy.channel for channel_policy in audiences_of(settings))


def _audience(settings: Settings, channel: str) -> ChannelPolicy:
    if channel in _INTERNAL_CHANNELS:
        return ChannelPolicy(channel=channel, least=Severity.INFO)
    given = settings.alerts
    quiet = QuietHours(*given.quiet_hours) if given.quiet_hours else None
    return ChannelPolicy(channel=channel, least=Severity(given.least_severity), quiet=quiet)


def _outer_channels(settings: Settings) -> Iterator[Channel]:
    given = settings.alerts
    if given.webhook_url is not None:
        yield WebhookChannel(given.webhook_url.reveal())
    if given.telegram_token is not None:
        token = given.telegram_token.reveal()
        yield TelegramChannel(given.telegram_url, token, given.telegram_chat)
    if given.discord_url is not None:
        yield DiscordChannel(given.discord_url.reveal())
    if given.mail_host:
        yield MailChannel(_mail_server(settings), given.mail_from, given.mail_to)


def _mail_server(settings: Settings) -> MailServer:
    given = settings.alerts
    return MailServer(
        host=given.mail_host,
        port=given.mail_port,
        encryption=given.mail_encryption,
        user=given.mail_user,
        password=given.mail_password.reveal() if given.mail_password else "",
    )
