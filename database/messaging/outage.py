"""Outage handling of a bus client: log, retry gate, connection heartbeat."""

import logging

from utils.backoff import Backoff
from utils.clock import Clock

log = logging.getLogger("truetape.bus")

_LOG_EVERY_S = 10.0
_FIRST_RETRY_S = 0.25
_LAST_RETRY_S = 5.0
_SILENCE_S = 15.0
_PONG_TIMEOUT_S = 5.0


class OutageLog:
    """Logs that the bus is down at most every 10 s, and once that it is back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_line_s = clock.monotonic_s()
        self._is_down_logged = False

    def record_failure(self, error: Exception) -> None:
        """Record a failure."""
        if self._clock.monotonic_s() < self._next_line_s:
            return
        self._next_line_s = self._clock.monotonic_s() + _LOG_EVERY_S
        self._is_down_logged = True
        log.warning("bus unreachable; readers poll the database", extra={"error": str(error)})

    def record_success(self) -> None:
        """Record a success."""
        if self._is_down_logged:
            self._is_down_logged = False
            log.info("bus available again")


class RetryGate:
    """Closed for a growing time after each failure: while it is closed, calls fail at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._backoff = Backoff(first_s=_FIRST_RETRY_S, cap_s=_LAST_RETRY_S)
        self._opens_at_s = clock.monotonic_s()

    @property
    def wait_s(self) -> float:
        """Return the seconds until it opens; 0: open."""
        return max(0.0, self._opens_at_s - self._clock.monotonic_s())

    def record_failure(self) -> None:
        """Close it for a growing time."""
        self._opens_at_s = self._clock.monotonic_s() + self._backoff.next_delay_s()

    def record_success(self) -> None:
        """Open it."""
        self._backoff.reset()


class ConnectionHeartbeat:
    """Decides when to ping a silent connection, and when to treat it as dead."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._received_s = clock.monotonic_s()
        self._ping_sent_s: float | None = None

    @property
    def due(self) -> bool:
        """Return whether to send a ping now."""
        return (
            self._ping_sent_s is None and self._clock.monotonic_s() - self._received_s > _SILENCE_S
        )

    @property
    def missed(self) -> bool:
        """Return whether a response is overdue."""
        return (
            self._ping_sent_s is not None
            and self._clock.monotonic_s() - self._ping_sent_s > _PONG_TIMEOUT_S
        )

    def ping_sent(self) -> None:
        """Record that a ping was sent."""
        self._ping_sent_s = self._clock.monotonic_s()

    def data_received(self) -> None:
        """Record that data was received."""
        self._received_s = self._clock.monotonic_s()
        self._ping_sent_s = None
