"""Map topics and interests to Redis channels and patterns."""

from collections.abc import Iterable
from typing import Any

from utils.messaging import Interest, Message, Topic, interest_in

_PATTERN_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\*?[]"})


def channel_name(prefix: str, topic: Topic[Any], key: str) -> str:
    """Return the Redis channel of a topic's key; the prefix keeps installations apart."""
    return f"{prefix}:{topic.channel(key)}"


class ChannelMap:
    """The channels and patterns of some interests, and the messages that match them."""

    def __init__(self, prefix: str, interests: Iterable[Interest]) -> None:
        self._prefix = f"{prefix}:"
        self._interests = tuple(interests)
        whole = {interest.topic.name for interest in self._interests if interest.key is None}
        # A channel also matched by a pattern would deliver each message twice.
        self.channels = sorted(
            {
                self._prefix + interest.topic.channel(interest.key)
                for interest in self._interests
                if interest.key is not None and interest.topic.name not in whole
            }
        )
        start = self._prefix.translate(_PATTERN_MARKS)
        self.patterns = sorted(f"{start}{name.translate(_PATTERN_MARKS)}:*" for name in whole)

    def __len__(self) -> int:
        return len(self.channels) + len(self.patterns)

    def message(self, channel: bytes, raw: bytes) -> Message[Any] | None:
        """Return the message, or None if no interest matches its channel."""
        name = channel.decode().removeprefix(self._prefix)
        interest = interest_in(self._interests, name)
        if interest is None:
            return None
        return Message(interest.topic, name.removeprefix(f"{interest.topic.name}:"), raw)
