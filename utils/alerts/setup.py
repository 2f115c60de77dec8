"""The alert channels, in use or not, and their policies."""

from dataclasses import dataclass

from utils.alerts.notify.channel import Channel
from utils.alerts.notify.notifications import ChannelPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSetup:
    """One channel as configured by the settings.

    `required_settings` names the settings it needs, never their values; `channel` is None while
    they are missing.
    """

    channel_policy: ChannelPolicy
    channel: Channel | None = None
    required_settings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the channel's name."""
        return self.channel_policy.channel
