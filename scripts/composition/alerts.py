"""Composition: alert channels, rules and policies from settings."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config import Secret, Settings, load_models
from config.alert_settings import AlertSettings
from utils.alerts import AlertRule, AlertRules, Severity
from utils.alerts.notify.channel import Channel, ChannelSetup
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
from utils.errors import ConfigError
from utils.messaging import Bus

# Former names of processes: a rule about one would never open an alert.
_RENAMED_PROCESSES = {"proofs": "verification", "upkeep": "maintenance"}
_INTERNAL_CHANNELS = (PageChannel.name, LogChannel.name)


@dataclass(frozen=True, slots=True)
class _OuterChannel:
    """A channel with an address: in use if all of its required settings are set."""

    name: str
    required_settings: tuple[str, ...]
    create: Callable[[AlertSettings], Channel]

    def is_in_use(self, given: AlertSettings) -> bool:
        """Return whether the settings enable it."""
        prefix = str(given.model_config.get("env_prefix", ""))
        fields = [name.removeprefix(prefix).lower() for name in self.required_settings]
        return all(getattr(given, field) for field in fields)


def _create_mail(given: AlertSettings) -> Channel:
    server = MailServer(
        host=given.mail_host,
        port=given.mail_port,
        encryption=given.mail_encryption,
        user=given.mail_user,
        password=_revealed(given.mail_password),
    )
    return MailChannel(server, given.mail_from, given.mail_to)


def _revealed(secret: Secret | None) -> str:
    return secret.reveal() if secret else ""


_OUTER_CHANNELS = (
    _OuterChannel(
        WebhookChannel.name,
        ("ALERTS_WEBHOOK_URL",),
        lambda given: WebhookChannel(_revealed(given.webhook_url)),
    ),
    _OuterChannel(
        TelegramChannel.name,
        ("ALERTS_TELEGRAM_TOKEN", "ALERTS_TELEGRAM_CHAT"),
        lambda given: TelegramChannel(
            given.telegram_url, _revealed(given.telegram_token), given.telegram_chat
        ),
    ),
    _OuterChannel(
        DiscordChannel.name,
        ("ALERTS_DISCORD_URL",),
        lambda given: DiscordChannel(_revealed(given.discord_url)),
    ),
    _OuterChannel(
        MailChannel.name,
        ("ALERTS_MAIL_HOST", "ALERTS_MAIL_FROM", "ALERTS_MAIL_TO"),
        _create_mail,
    ),
)


def rules_of(settings: Settings) -> list[AlertRule]:
    """Read the rules of every file in ALERTS_DIR. Raises ConfigError."""
    folder = settings.folders.alerts_dir
    rules = [rule for rule_file in load_models(folder, AlertRules) for rule in rule_file.rules]
    for rule in rules:
        _require_current_process(folder, rule)
    names = [rule.name for rule in rules]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigError(str(folder), field=repeated[0], problem="is the name of two rules")
    return rules


def _require_current_process(folder: Path, rule: AlertRule) -> None:
    kind, _, rest = rule.subject.partition(":")
    process = rest.partition(":")[0].rstrip("*")
    if kind in ("process", "item") and (current := _RENAMED_PROCESSES.get(process)):
        problem = (
            f"its subject {rule.subject!r} names a process that is now {current!r}: "
            f"write {rule.subject.replace(process, current, 1)!r}"
        )
        raise ConfigError(str(folder), field=rule.name, problem=problem)


def channels_of(settings: Settings, bus: Bus) -> list[Channel]:
    """Return the page, the log, and every channel whose address is set."""
    return [PageChannel(bus), LogChannel(), *outer_channels(settings.alerts)]


def setups_of(settings: Settings, bus: Bus) -> list[ChannelSetup]:
    """Return the setup of every channel, in use or not."""
    in_use = {channel.name: channel for channel in channels_of(settings, bus)}
    required = {outer.name: outer.required_settings for outer in _OUTER_CHANNELS}
    return [
        ChannelSetup(
            channel_policy=_policy_of(settings, name),
            channel=in_use.get(name),
            required_settings=required.get(name, ()),
        )
        for name in (*_INTERNAL_CHANNELS, *required)
    ]


def channel_policies_of(settings: Settings) -> list[ChannelPolicy]:
    """Return the policies of the channels in use: page and log accept everything, at any hour."""
    outer = (channel.name for channel in outer_channels(settings.alerts))
    return [_policy_of(settings, name) for name in (*_INTERNAL_CHANNELS, *outer)]


def channel_names(settings: Settings) -> tuple[str, ...]:
    """Return the channels in use, which a page can test."""
    return tuple(channel_policy.channel for channel_policy in channel_policies_of(settings))


def _policy_of(settings: Settings, channel: str) -> ChannelPolicy:
    if channel in _INTERNAL_CHANNELS:
        return ChannelPolicy(channel=channel, least=Severity.INFO)
    given = settings.alerts
    quiet = QuietHours(*given.quiet_hours) if given.quiet_hours else None
    return ChannelPolicy(channel=channel, least=Severity(given.least_severity), quiet=quiet)


def outer_channels(given: AlertSettings) -> list[Channel]:
    return [outer.create(given) for outer in _OUTER_CHANNELS if outer.is_in_use(given)]
