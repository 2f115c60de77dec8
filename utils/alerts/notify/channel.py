"""The interface of a notification channel."""

from abc import ABC, abstractmethod

from utils.alerts.delivery import Delivery


class Channel(ABC):
    """Delivers messages one at a time, from one thread. `name` is unique in a platform."""

    name: str

    @abstractmethod
    def send(self, delivery: Delivery) -> None:
        """Deliver a message, within seconds. Raises ChannelUnavailable and ChannelRefused.

        Error messages hold no address, token or password.
        """
