"""Password checks: slow on purpose, few at a time, and equally slow for names that do not exist."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from dashboard.security.keys import User
from utils.clock import Clock

MIN_LENGTH = 8
MAX_WAITING = 30
MAX_WAITING_PER_SOURCE = 10
# A check costs up to a tenth of a second of every core, which market data need.
PACE_S = 0.5


class HashingBusy(Exception):
    """Too many passwords wait to be checked."""


class HashingQueue:
    """Checks one password at a time, first come first served, with a bounded queue.

    The thread is the queue's own: slow reads of pages never use it. `pace_s`: the least time from
    the start of one check to the start of the next.
    """

    def __init__(self, clock: Clock, *, pace_s: float = 0.0) -> None:
        self._clock = clock
        self._pace_s = pace_s
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "passwords")
        self._waiting: Counter[str] = Counter()
        self._next_s = float("-inf")

    async def run(self, source: str, check: Callable[[], bool]) -> bool:
        """Run a check in its turn and return its result. Raises HashingBusy at once if many wait.

        One source has only some of the waiting places, so that it cannot occupy them all.
        """
        crowded = self._waiting.total() >= MAX_WAITING
        if crowded or self._waiting[source] >= MAX_WAITING_PER_SOURCE:
            raise HashingBusy(f"{self._waiting.total()} logins are queued, the most allowed")
        self._waiting[source] += 1
        try:
            async with self._turn:
                await self._clock.sleep(max(0.0, self._next_s - self._clock.monotonic_s()))
                self._next_s = self._clock.monotonic_s() + self._pace_s
                return await asyncio.get_running_loop().run_in_executor(self._thread, check)
        finally:
            self._waiting -= Counter({source: 1})


class PasswordCheck:
    """Checks passwords in two queues: one for all clients, one reserved for known browsers.

    Guesses can fill the first, never the second: see DeviceCookies.
    """

    def __init__(self, clock: Clock) -> None:
        self._hasher = PasswordHasher()
        self._dummy_hash = self._hasher.hash("no user has this password")
        self._general = HashingQueue(clock, pace_s=PACE_S)
        self._reserved = HashingQueue(clock)

    async def accepts(
        self, user: User | None, password: str, source: str, *, is_known_browser: bool
    ) -> bool:
        """Return whether this is the user's password; False for None, after the same time.

        `source`: what the check counts for while it waits. Raises HashingBusy.
        """
        queue = self._reserved if is_known_browser else self._general
        stored = user.password_hash if user else self._dummy_hash
        matches = await queue.run(source, partial(self._matches, stored, password))
        return matches and user is not None

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False


def hash_password(password: str) -> str:
    """Return the argon2 hash of a password."""
    return PasswordHasher().hash(password)
