"""Checking passwords: slow on purpose, one at a time, and no faster for names that do not exist."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from dashboard.security.keys import User

SHORTEST = 8


class PasswordCheck:
    """One check at a time: many at once would be a way to fill memory, and to outrun the limit."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash("nobody has this password")
        self.turn = asyncio.Lock()

    async def accepts(self, user: User | None, password: str) -> bool:
        """Tell whether this is the user's password; None takes as long, and is never."""
        known = user.password_hash if user else self._nobody
        return await asyncio.to_thread(self._matches, known, password) and user is not None

    def _matches(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (Argon2Error, InvalidHashError):
            return False


def hash_password(password: str) -> str:
    """Return the argon2 hash of a password."""
    return PasswordHasher().hash(password)
