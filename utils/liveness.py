"""How long senders have been silent, by this process's monotonic clock alone."""

from datetime import datetime, timedelta

from utils.clock import Clock


class Liveness:
    """The last stamp seen of every sender, and when it changed here.

    A stamp (a report's time, a process id) says only that there is something new: its own clock is
    never compared with ours, so a wall clock that jumps makes nobody silent and nobody alive.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[object, float]] = {}
        self._observed_s: dict[str, float] = {}

    def observe(self, sender: str, stamp: object) -> None:
        """Record what a sender last said; one never seen before counts as heard now."""
        self._note(sender, stamp, 0.0)

    def observe_time(self, sender: str, stamped_at: datetime) -> None:
        """Record when a sender says that it last spoke.

        Only of one never seen before is that time compared with the wall clock. Later it dates what
        is new between two observations, but never before the first of them.
        """
        age_s = max(0.0, (self._clock.now() - stamped_at).total_seconds())
        observed_s = self._observed_s.get(sender)
        if observed_s is not None:
            age_s = min(age_s, self._clock.monotonic_s() - observed_s)
        self._note(sender, stamped_at, age_s)

    def silent_s(self, sender: str) -> float:
        """Return for how many seconds a sender said nothing new; 0 if it was never observed."""
        known = self._seen.get(sender)
        return 0.0 if known is None else self._clock.monotonic_s() - known[1]

    def restart(self) -> None:
        """Count every silence from now on: nobody could be heard until now."""
        now_s = self._clock.monotonic_s()
        self._seen = {sender: (stamp, now_s) for sender, (stamp, _) in self._seen.items()}

    def evict(self, unobserved: timedelta) -> None:
        """Forget the senders that were not observed for so long."""
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
