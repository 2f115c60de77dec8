"""Which channels there are, in use or not, and for whom."""

from dataclasses import dataclass

from utils.alerts.channel import Channel
from utils.alerts.telling import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSetup:
    """One channel as the settings have it.

    `needs` names the settings that bring it into use, never their values; `channel` is None while
    they are missing.
    """

    audience: Audience
    channel: Channel | None = None
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the channel's name."""
        return self.audience.channel
