"""Grants made on the host: users to unlock, and links that log in once.

Files of a folder, so that they work while the database is down; a process that can write there
controls the platform already. The commands write them; the server consumes each file once.
"""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from dashboard.security.keys import check_name, digest
from utils.clock import Clock
from utils.codec import CodecError, decode, encode
from utils.errors import ConfigError
from utils.files import atomic_write, open_private, private_folder

FOLDER_NAME = "login"
LINK_LIFETIME = timedelta(minutes=15)
UNLOCK_LIFETIME = timedelta(minutes=15)
_LINK, _UNLOCK = "link-", "unlock-"
_MAX_TOKEN_LENGTH = 100


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A user's name, and when the grant expires."""

    user_name: str
    expires_at: datetime


class LoginGrants:
    """Writes grants on the host, and consumes them in the server."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def unlock(self, user_name: str) -> None:
        """Grant that the failed tries of a user's name are reset. Raises ConfigError."""
        self._write(f"{_UNLOCK}{check_name(user_name)}", user_name, UNLOCK_LIFETIME)

    def new_link(self, user_name: str) -> str:
        """Grant one login without a password and return its token. Raises ConfigError."""
        token = secrets.token_urlsafe(32)
        self._write(f"{_LINK}{digest(token)}", check_name(user_name), LINK_LIFETIME)
        self._remove_expired()
        return token

    def take_unlocked(self) -> list[str]:
        """Consume all unlock grants and return their users' names."""
        names = self._names(_UNLOCK)
        taken = [self._take(name) for name in names]
        return [grant.user_name for grant in taken if grant is not None]

    def redeem(self, token: str) -> str | None:
        """Consume the link of a token and return its user; None: used, expired or unknown."""
        grant = self._take(f"{_LINK}{digest(token[:_MAX_TOKEN_LENGTH])}")
        return grant.user_name if grant is not None else None

    def _take(self, file_name: str) -> Grant | None:
        path = self._folder / file_name
        try:
            raw = path.read_bytes()
            # If several processes read the file, only one can remove it.
            path.unlink()
            grant = decode(Grant, raw)
        except (OSError, CodecError):
            return None
        return grant if self._clock.now() < grant.expires_at else None

    def _write(self, file_name: str, user_name: str, lifetime: timedelta) -> None:
        grant = Grant(user_name=user_name, expires_at=self._clock.now() + lifetime)
        try:
            private_folder(self._folder)
            with atomic_write(self._folder / file_name, open_private) as raw:
                raw.write(encode(grant))
        except OSError as error:
            raise ConfigError(str(self._folder), problem=f"cannot be written: {error}") from error

    def _remove_expired(self) -> None:
        oldest_s = (self._clock.now() - LINK_LIFETIME).timestamp()
        for name in self._names(_LINK):
            path = self._folder / name
            # The server may remove it meanwhile.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest_s:
                    path.unlink()

    def _names(self, start: str) -> list[str]:
        try:
            return sorted(path.name for path in self._folder.glob(f"{start}*"))
        except OSError:
            return []
