"""The browsers and the topics they watch; numbers frames and sends them."""

from collections.abc import Iterable, Mapping

from dashboard.live.frame_outbox import FrameOutbox
from dashboard.live.protocol import Resync, WatchReply
from dashboard.live.topics import LiveTopic, instruments_of, timeframes_by_instrument
from data import InstrumentId, Timeframe
from data.errors import InvalidValue
from utils.codec import encode

MAX_USER_SOCKETS = 64
MAX_USER_TOPICS = 256
MAX_USER_INSTRUMENTS = 64
"""Limits per user: connections, and different topics and instruments over all of them.

Each watched instrument costs a read of the store, and each topic work at every trade.
"""


class LiveSubscriptions:
    """The connected browsers, the topics of each, and the number of each topic's last frame."""

    def __init__(self) -> None:
        self._topics: dict[FrameOutbox, frozenset[LiveTopic]] = {}
        self._users: dict[FrameOutbox, str] = {}
        self._numbers: dict[str, int] = {}
        self._watched: frozenset[LiveTopic] = frozenset()
        self._timeframes: Mapping[InstrumentId, frozenset[Timeframe]] = {}

    def __len__(self) -> int:
        return len(self._topics)

    @property
    def waiting(self) -> int:
        """Return how many frames wait for the slowest browser."""
        return max((client.waiting for client in self._topics), default=0)

    @property
    def watched(self) -> frozenset[LiveTopic]:
        """Return the topics that at least one browser watches."""
        return self._watched

    @property
    def timeframes(self) -> Mapping[InstrumentId, frozenset[Timeframe]]:
        """Return the watched instruments, and the timeframes watched of each."""
        return self._timeframes

    def is_watched(self, topic: LiveTopic) -> bool:
        """Return whether any browser watches a topic."""
        return topic in self._watched

    def numbers(self, topics: Iterable[LiveTopic]) -> dict[str, int]:
        """Return the number of the last frame of each topic."""
        return {str(topic): self._numbers.get(str(topic), 0) for topic in topics}

    def next_number(self, topic: LiveTopic) -> int:
        """Advance and return the frame number of a topic."""
        number = self._numbers[str(topic)] = self._numbers.get(str(topic), 0) + 1
        return number

    def join(self, client: FrameOutbox, user: str) -> None:
        """Add a browser that watches nothing yet. Raises InvalidValue if its user has too many."""
        if len(self._sockets_of(user)) >= MAX_USER_SOCKETS:
            raise InvalidValue(
                f"{MAX_USER_SOCKETS} pages of this user are connected, the most allowed; close some"
            )
        self._topics[client] = frozenset()
        self._users[client] = user

    def leave(self, client: FrameOutbox) -> None:
        """Remove a browser."""
        self._users.pop(client, None)
        if self._topics.pop(client, None):
            self._index_topics()

    def watch(self, client: FrameOutbox, topics: frozenset[LiveTopic]) -> None:
        """Send a browser these topics from now on, and first the last frame number of each.

        Raises InvalidValue if its user would watch too much.
        """
        self._check_limits(client, topics)
        self._topics[client] = topics
        self._index_topics()
        client.offer(encode(WatchReply(numbers=self.numbers(topics))), replaces=None)

    def send(self, topic: LiveTopic, raw: bytes, *, replaces: str | None) -> None:
        """Send a frame to the browsers that watch a topic."""
        for client, topics in self._topics.items():
            if topic in topics:
                client.offer(raw, replaces=replaces)

    def send_to_all(self, raw: bytes, *, replaces: str | None) -> None:
        """Send a frame to every browser."""
        for client in self._topics:
            client.offer(raw, replaces=replaces)

    def send_resync(self, name: InstrumentId) -> None:
        """Make the browsers that watch an instrument request its snapshot again."""
        for client, topics in self._topics.items():
            lost = sorted(str(topic) for topic in topics if name in instruments_of([topic]))
            if lost:
                client.offer(encode(Resync(topics=lost)), replaces=None)

    def _sockets_of(self, user: str) -> list[FrameOutbox]:
        return [client for client, name in self._users.items() if name == user]

    def _check_limits(self, client: FrameOutbox, topics: frozenset[LiveTopic]) -> None:
        others = [each for each in self._sockets_of(self._users[client]) if each is not client]
        watched = topics.union(*(self._topics[each] for each in others))
        for count, limit, noun in (
            (len(watched), MAX_USER_TOPICS, "topics"),
            (len(instruments_of(watched)), MAX_USER_INSTRUMENTS, "instruments"),
        ):
            if count > limit:
                raise InvalidValue(f"{count} {noun} of one user; at most {limit}: close pages")

    def _index_topics(self) -> None:
        """Recompute the watched topics at each change: the feeds read them far more often."""
        self._watched = frozenset().union(*self._topics.values())
        self._timeframes = timeframes_by_instrument(self._watched)
