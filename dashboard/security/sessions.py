"""Login sessions: one per browser, opened by a login, ended by their user or an admin.

The cookie is a random text of which only the hash is stored. Sessions are written to a file, so
that a restart logs no user out; reads are served from memory.
"""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from dashboard.security.keys import User, digest
from utils.clock import Clock
from utils.codec import CodecError, decode, encode
from utils.files import atomic_write, open_private

log = logging.getLogger("truetape.dashboard")

LIFETIME_S = 12 * 3600
MAX_SESSIONS = 500
# Repeated logins of one user must not evict the sessions of others.
MAX_PER_USER = 20
MAX_AGENT_LENGTH = 200
FILE_NAME = "sessions.json"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One browser that is logged in. `id` may be shown: it grants no access."""

    id: str
    name: str
    key_id: str
    started_at: datetime = msgspec.field(name="begun_at")
    address: str
    agent: str = ""


class SessionStore:
    """The open sessions. Reads are cheap: they use memory only."""

    def __init__(self, clock: Clock, path: Path | None = None) -> None:
        self._clock = clock
        self._path = path
        self._sessions = {session.id: session for session in self._load()}

    def open(self, user: User, address: str, agent: str = "") -> str:
        """Open a session of a user, and return the value of the cookie."""
        value = secrets.token_urlsafe(32)
        self._sessions[digest(value)] = Session(
            id=digest(value),
            name=user.name,
            key_id=user.key_id,
            started_at=self._clock.now(),
            address=address,
            agent=agent[:MAX_AGENT_LENGTH],
        )
        mine = [each.id for each in self._sessions.values() if each.name == user.name]
        superseded = set(mine[:-MAX_PER_USER])
        self._keep(lambda session: not self._is_over(session) and session.id not in superseded)
        return value

    def find(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie's value, if it exists and is not over."""
        session = self._sessions.get(digest(cookie)) if cookie else None
        return None if session is None or self._is_over(session) else session

    def all(self) -> list[Session]:
        """Return the open sessions, newest first."""
        sessions = [each for each in self._sessions.values() if not self._is_over(each)]
        return sorted(sessions, key=lambda session: session.started_at, reverse=True)

    def end(self, session_id: str) -> None:
        """End the session of this id, if there is one."""
        self._keep(lambda session: session.id != session_id)

    def _is_over(self, session: Session) -> bool:
        return self._clock.now() - session.started_at > timedelta(seconds=LIFETIME_S)

    def _keep(self, is_kept: Callable[[Session], bool]) -> None:
        kept = [session for session in self._sessions.values() if is_kept(session)][-MAX_SESSIONS:]
        self._sessions = {session.id: session for session in kept}
        self._save(kept)

    def _load(self) -> list[Session]:
        try:
            return decode(list[Session], self._path.read_bytes()) if self._path else []
        except FileNotFoundError:
            return []
        except (OSError, CodecError) as error:
            log.warning(
                "sessions not read: all users must log in again", extra={"reason": str(error)}
            )
            return []

    def _save(self, sessions: list[Session]) -> None:
        if self._path is None:
            return
        try:
            with atomic_write(self._path, open_private) as raw:
                raw.write(encode(sessions))
        except OSError as error:
            # They stay in memory until the server ends.
            log.warning("sessions not stored", extra={"reason": str(error)})
