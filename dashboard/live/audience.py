"""Who watches what: here frames are numbered and handed out."""

from collections.abc import Iterable

from dashboard.live.outbox import Outbox
from dashboard.live.protocol import Resync, Watching
from dashboard.live.topics import LiveTopic, instruments_of
from data import InstrumentId
from utils.codec import encode


class Audience:
    """The connected browsers, the topics of each, and the number of each topic's last frame."""

    def __init__(self) -> None:
        self._topics: dict[Outbox, frozenset[LiveTopic]] = {}
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._topics)

    @property
    def waiting(self) -> int:
        """Return how many frames wait for the slowest browser."""
        return max((client.waiting for client in self._topics), default=0)

    @property
    def watched(self) -> set[LiveTopic]:
        """Return what somebody watches."""
        return {topic for topics in self._topics.values() for topic in topics}

    def watches(self, topic: LiveTopic) -> bool:
        """Tell whether anybody watches a topic."""
        return any(topic in topics for topics in self._topics.values())

    def numbers(self, topics: Iterable[LiveTopic]) -> dict[str, int]:
        """Return the number of the last frame of each topic."""
        return {str(topic): self._numbers.get(str(topic), 0) for topic in topics}

    def next_number(self, topic: LiveTopic) -> int:
        """Return the number of the frame that is about to be sent."""
        number = self._numbers[str(topic)] = self._numbers.get(str(topic), 0) + 1
        return number

    def join(self, client: Outbox) -> None:
        """Take a browser in, which watches nothing yet."""
        self._topics[client] = frozenset()

    def leave(self, client: Outbox) -> None:
        """Forget a browser."""
        self._topics.pop(client, None)

    def watch(self, client: Outbox, topics: frozenset[LiveTopic]) -> None:
        """Send a browser these topics from now on, and tell it with which numbers they go on."""
        self._topics[client] = topics
        client.offer(encode(Watching(numbers=self.numbers(topics))), replaces=None)

    def send(self, topic: LiveTopic, raw: bytes, *, replaces: str | None) -> None:
        """Send a frame to whoever watches a topic."""
        for client, topics in self._topics.items():
            if topic in topics:
                client.offer(raw, replaces=replaces)

    def send_to_all(self, raw: bytes, *, replaces: str | None) -> None:
        """Send a frame to every browser."""
        for client in self._topics:
            client.offer(raw, replaces=replaces)

    def tell_lost(self, name: InstrumentId) -> None:
        """Let whoever watches an instrument ask for its snapshot again."""
        for client, topics in self._topics.items():
            lost = sorted(str(topic) for topic in topics if name in instruments_of([topic]))
            if lost:
                client.offer(encode(Resync(topics=lost)), replaces=None)
