"""A bus listener for a loop that also waits for its workers."""

import threading
from collections.abc import Iterable
from multiprocessing import Pipe

from utils.messaging import Bus, Interest

_LISTEN_S = 1.0


class TopicListener:
    """Receives in its own thread; `channel` is readable once a message has arrived."""

    def __init__(self, bus: Bus, interests: Iterable[Interest]) -> None:
        self._bus = bus
        self._interests = tuple(interests)
        self.channel, self._wakeup = Pipe(duplex=False)
        self._received: set[str] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="topic-listener", daemon=True)

    def start(self) -> None:
        """Start listening."""
        self._thread.start()

    def drain(self) -> set[str]:
        """Return the names of the topics that had messages since the last call."""
        with self._lock:
            received, self._received = self._received, set()
            if received:
                self.channel.recv_bytes()
        return received

    def stop(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._thread.join(2 * _LISTEN_S)

    def _listen(self) -> None:
        with self._bus.subscribe(self._interests) as subscription:
            while not self._closed.is_set():
                self._wake({message.topic.name for message in subscription.receive(_LISTEN_S)})

    def _wake(self, topics: set[str]) -> None:
        with self._lock:
            if topics and not self._received:
                self._wakeup.send_bytes(b"!")
            self._received |= topics
