"""How long senders have been silent, by this process's monotonic clock alone."""

from utils.clock import Clock


class Liveness:
    """The last stamp seen of every sender, and when it changed here.

    A stamp (a report's time, a process id) says only that there is something new: its own clock is
    never compared with ours, so a wall clock that jumps makes nobody silent and nobody alive.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[object, float]] = {}

    def observe(self, sender: str, stamp: object) -> None:
        """Record what a sender last said; one never seen before counts as heard now."""
        known = self._seen.get(sender)
        if known is None or known[0] != stamp:
            self._seen[sender] = stamp, self._clock.monotonic_s()

    def silent_s(self, sender: str) -> float:
        """Return for how many seconds a sender said nothing new; 0 if it was never observed."""
        known = self._seen.get(sender)
        return 0.0 if known is None else self._clock.monotonic_s() - known[1]

    def restart(self) -> None:
        """Count every silence from now on: nobody could be heard until now."""
        now_s = self._clock.monotonic_s()
        self._seen = {sender: (stamp, now_s) for sender, (stamp, _) in self._seen.items()}
