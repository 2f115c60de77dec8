"""The interface of a notification channel, and a channel as configured by the settings."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from utils.alerts.delivery import Delivery
from utils.alerts.notify.notifications import ChannelPolicy


class Channel(ABC):
    """Delivers messages one at a time, from one thread. `name` is unique in a platform."""

    name: str

    @abstractmethod
    def send(self, delivery: Delivery) -> None:
        """Deliver a message, within seconds. Raises ChannelUnavailable and ChannelRefused.

        Error messages hold no address, token or password.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSetup:
    """One channel as configured by the settings, in use or not.

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
