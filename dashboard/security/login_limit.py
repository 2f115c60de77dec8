"""Limits password guesses to a fixed rate, without ever locking a user out."""

from dataclasses import dataclass

from utils.clock import Clock

FREE_TRIES = 3
INTERVAL_S = 10.0
RESET_AFTER_S = 900.0
UNLOCKED_S = 120.0
# An entry is evicted after so many other keys were tried, which takes longer than its interval.
MAX_KEYS = 10_000


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0


class LoginLimit:
    """After some failures a key may be tried once per interval, but is never locked.

    A key is what guesses are counted for, such as a user's name with an address. A try counts as
    failed as soon as it is admitted, so that concurrent tries are all counted.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, str], _Failures] = {}
        self._unlocked_until_s: dict[str, float] = {}

    def admit(self, user_name: str, source: str) -> float:
        """Count a try and return 0, or return the seconds until the next one is admitted."""
        now_s = self._clock.monotonic_s()
        if now_s < self._unlocked_until_s.get(user_name, now_s):
            return 0.0
        key = (user_name, source)
        failures = self._failures.get(key, _Failures())
        wait_s = failures.last_s + INTERVAL_S - now_s
        if failures.count >= FREE_TRIES and wait_s > 0:
            return wait_s
        if -wait_s > RESET_AFTER_S:
            failures.count = 0
        failures.count += 1
        failures.last_s = now_s
        self._failures.pop(key, None)
        self._failures[key] = failures
        if len(self._failures) > MAX_KEYS:
            del self._failures[next(iter(self._failures))]
        return 0.0

    def withdraw(self, user_name: str, source: str) -> None:
        """Undo a try that was admitted and then not made."""
        key = (user_name, source)
        failures = self._failures.get(key)
        if failures is None:
            return
        failures.count -= 1
        failures.last_s -= INTERVAL_S
        if failures.count <= 0:
            # Tries that are not made have no rate limit: kept, they would evict real ones.
            del self._failures[key]

    def succeeded(self, user_name: str, source: str) -> None:
        """Reset the failures of a key."""
        self._failures.pop((user_name, source), None)

    def unlock(self, user_name: str) -> None:
        """Reset all failures of a user, and do not limit tries of the name for `UNLOCKED_S`."""
        for key in [key for key in self._failures if key[0] == user_name]:
            del self._failures[key]
        self._unlocked_until_s[user_name] = self._clock.monotonic_s() + UNLOCKED_S
