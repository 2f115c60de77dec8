"""The interface between an exchange's sockets and the rest of a collector."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from data.market.instrument import InstrumentId
from data.market.trade import Trade


class FeedCounters:
    """Counters over the sockets of one process, since its start."""

    def __init__(self) -> None:
        self.frames = 0
        self.undecodable = 0
        self.reconnects = 0
        self.unhandled: Counter[str] = Counter()


class FeedListener(ABC):
    """Receives the events of a feed. Every call is made by the event loop.

    While `full` is set sockets should not be read: await `wait_for_capacity` first.
    """

    counters: FeedCounters
    full: bool

    @abstractmethod
    def on_trades(self, instrument: InstrumentId, trades: Sequence[Trade]) -> None:
        """Process trades of one stream as they arrived: some late, repeated or out of order."""

    @abstractmethod
    def on_acknowledged(self, instrument: InstrumentId) -> None:
        """One more socket delivers this stream."""

    @abstractmethod
    def on_lost(self, instrument: InstrumentId) -> None:
        """One socket fewer delivers this stream."""

    @abstractmethod
    def on_refused(self, instrument: InstrumentId, problem: str) -> None:
        """The exchange permanently refuses this stream."""

    @abstractmethod
    def on_disconnected(self, problem: str, retry_at: datetime) -> None:
        """A socket was lost or could not be opened; the next attempt is at `retry_at`."""

    @abstractmethod
    def on_connected(self) -> None:
        """A socket is open."""

    @abstractmethod
    async def wait_for_capacity(self) -> None:
        """Wait until sockets may be read again."""


class ExchangeFeed(ABC):
    """All sockets of one collector; keeps every stream subscribed until cancelled."""

    @abstractmethod
    async def run(self) -> None:
        """Connect, subscribe, deliver to the listener, and reconnect, until cancelled."""

    @abstractmethod
    async def resubscribe(self, instrument: InstrumentId) -> None:
        """Resubscribe one silent stream on its sockets."""

    @abstractmethod
    async def reconnect(self, instrument: InstrumentId) -> None:
        """Close the sockets of one silent stream and open new ones."""
