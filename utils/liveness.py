"""How long senders have been silent, by this process's monotonic clock alone."""

from datetime import datetime, timedelta

from utils.clock import Clock


class Liveness:
    """The last stamp seen of every sender, and when it changed here.

    A stamp (a report's time, a process id) only shows that something is new: it is never compared
    with this clock, so a jump of a wall clock makes no sender appear silent or alive.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[object, float]] = {}
        self._observed_s: dict[str, float] = {}

    def observe(self, sender: str, stamp: object) -> None:
        """Record a sender's latest stamp; a new sender counts as seen now."""
        self._note(sender, stamp, 0.0)

    def observe_time(self, sender: str, stamped_at: datetime) -> None:
        """Record a sender's latest stamp when it is a time.

        For a new sender the time is compared with the wall clock. Later it dates a change between
        two observations, but never before the first of them.
        """
        age_s = max(0.0, (self._clock.now() - stamped_at).total_seconds())
        observed_s = self._observed_s.get(sender)
        if observed_s is not None:
            age_s = min(age_s, self._clock.monotonic_s() - observed_s)
        self._note(sender, stamped_at, age_s)

    def silent_s(self, sender: str) -> float:
        """Return the seconds since a sender's stamp last changed; 0 if it was never observed."""
        known = self._seen.get(sender)
        return 0.0 if known is None else self._clock.monotonic_s() - known[1]

    def restart(self) -> None:
        """Restart every silence now, after a time in which nothing could be received."""
        now_s = self._clock.monotonic_s()
        self._seen = {sender: (stamp, now_s) for sender, (stamp, _) in self._seen.items()}

    def evict(self, unobserved: timedelta) -> None:
        """Evict the senders that were not observed for that long."""
        before_s = self._clock.monotonic_s() - unobserved.total_seconds()
        for sender, observed_s in list(self._observed_s.items()):
            if observed_s < before_s:
                del self._seen[sender], self._observed_s[sender]

    def _note(self, sender: str, stamp: object, age_s: float) -> None:
        now_s = self._clock.monotonic_s()
        known = self._seen.get(sender)
        if known is None or known[0] != stamp:
            self._seen[sender] = stamp, now_s - age_s
        self._observed_s[sender] = now_s
