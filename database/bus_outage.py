"""What a bus client knows of an outage: when to try again, whether the other end lives, the log."""

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
    """Say that the bus is down at most every 10 s, and once that it is back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_line_s = clock.monotonic_s()
        self._is_down_logged = False

    def failed(self, error: Exception) -> None:
        """Take note of a failure."""
        if self._clock.monotonic_s() < self._next_line_s:
            return
        self._next_line_s = self._clock.monotonic_s() + _LOG_EVERY_S
        self._is_down_logged = True
        log.warning("bus unreachable, readers poll", extra={"error": str(error)})

    def worked(self) -> None:
        """Take note of a success."""
        if self._is_down_logged:
            self._is_down_logged = False
            log.info("bus reachable again")


class RetryGate:
    """Closed for a growing while after each failure: whoever finds it closed fails at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._backoff = Backoff(first_s=_FIRST_RETRY_S, cap_s=_LAST_RETRY_S)
        self._opens_at_s = clock.monotonic_s()

    @property
    def wait_s(self) -> float:
        """Return how long it stays closed, in seconds; 0: open."""
        return max(0.0, self._opens_at_s - self._clock.monotonic_s())

    def failed(self) -> None:
        """Close it for a while."""
        self._opens_at_s = self._clock.monotonic_s() + self._backoff.next_delay_s()

    def worked(self) -> None:
        """Leave it open."""
        self._backoff.reset()


class ConnectionHeartbeat:
    """Whether a silent connection should be asked if it lives, and when it is taken for dead."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._received_s = clock.monotonic_s()
        self._ping_sent_s: float | None = None

    @property
    def due(self) -> bool:
        """Tell whether to ask now."""
        return (
            self._ping_sent_s is None and self._clock.monotonic_s() - self._received_s > _SILENCE_S
        )

    @property
    def missed(self) -> bool:
        """Tell whether an answer is overdue."""
        return (
            self._ping_sent_s is not None
            and self._clock.monotonic_s() - self._ping_sent_s > _PONG_TIMEOUT_S
        )

    def ping_sent(self) -> None:
        """Take note of a question."""
        self._ping_sent_s = self._clock.monotonic_s()

    def data_received(self) -> None:
        """Take note of any sign of life."""
        self._received_s = self._clock.monotonic_s()
        self._ping_sent_s = None
