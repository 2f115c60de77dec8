"""The outbox of notifications: stored, and in memory for times when the store is unavailable."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from threading import Lock

from utils.alerts.delivery import Delivery, DeliveryState
from utils.alerts.ports import AlertRepository

_MAX_UNSAVED = 10_000
_PAGE = 500
_MAX_WAITING = timedelta(days=2)
Identity = tuple[object, ...]


class AlertOutbox:
    """Shared by the evaluator, which adds messages, and the sender; safe between threads."""

    def __init__(self, store: AlertRepository) -> None:
        self._store = store
        self._lock = Lock()
        self._waiting: dict[Identity, Delivery] = {}
        self._unsaved: dict[Identity, Delivery] = {}
        self.failed = 0

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Add new messages, or update their states."""
        with self._lock:
            for delivery in deliveries:
                self._keep(delivery)

    def waiting(self) -> list[Delivery]:
        """Return the messages that still wait for delivery."""
        with self._lock:
            return list(self._waiting.values())

    def due(self, now: datetime) -> list[Delivery]:
        """Return the messages that are due, the oldest first."""
        due = [delivery for delivery in self.waiting() if delivery.due_at <= now]
        return sorted(due, key=lambda each: each.identity)

    def sync(self, now: datetime) -> None:
        """Store changed messages, then load the waiting ones that other processes added.

        Raises ServiceUnavailable and ServiceFault: then everything is stored the next time.
        """
        with self._lock:
            unsaved = dict(self._unsaved)
        if unsaved:
            self._store.settle(list(unsaved.values()))
        found = self._store.due(now + _MAX_WAITING, _PAGE)
        with self._lock:
            self._unsaved = {
                identity: delivery
                for identity, delivery in self._unsaved.items()
                if unsaved.get(identity) is not delivery
            }
            self._take_over(found)

    def _keep(self, delivery: Delivery) -> None:
        self._unsaved[delivery.identity] = delivery
        if len(self._unsaved) > _MAX_UNSAVED:
            del self._unsaved[next(iter(self._unsaved))]
        if delivery.state is DeliveryState.WAITING:
            self._waiting[delivery.identity] = delivery
        else:
            self._waiting.pop(delivery.identity, None)
        self.failed += delivery.state is DeliveryState.FAILED

    def _take_over(self, found: Sequence[Delivery]) -> None:
        for delivery in found:
            if delivery.identity not in self._unsaved:
                self._waiting.setdefault(delivery.identity, delivery)
