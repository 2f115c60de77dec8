"""Authentication: the one place that maps a cookie or a token to a principal."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from dashboard.security.instance_key import InstanceKey
from dashboard.security.keys import Keys
from dashboard.security.roles import OWNER, Principal
from dashboard.security.sessions import Session, SessionStore

_BEARER = "bearer "


class Authenticator:
    """Holds the users, the tokens and the sessions. Blocks only to read a file's modification time.

    `is_local`: only this machine reaches the server, so without users no login is needed.
    """

    def __init__(
        self,
        keys: Callable[[], Keys],
        sessions: SessionStore,
        instance_key: InstanceKey,
        *,
        is_local: bool,
    ) -> None:
        self.keys = keys
        self.sessions = sessions
        self.instance_key = instance_key
        self._is_local = is_local

    @property
    def is_locked(self) -> bool:
        """Return whether a login is required."""
        return not self._is_local or bool(self.keys().users)

    def session(self, headers: Headers) -> Session | None:
        """Return the open session of the cookie in these headers."""
        return self.sessions.find(cookie_of(headers, self.instance_key.session_cookie))

    def principal(self, headers: Headers) -> Principal | None:
        """Return the sender of these headers; None if unknown. A token goes before a cookie."""
        if (token := bearer_token(headers)) is not None:
            found = self.keys().bearer(token)
            return found.principal if found else None
        if not self.is_locked:
            return OWNER
        session = self.session(headers)
        user = self.keys().user(session.name) if session else None
        # A new password ends the sessions opened with the old one.
        if session is None or user is None or user.key_id != session.key_id:
            return None
        return user.principal


def bearer_token(headers: Headers) -> str | None:
    """Return the token of an `Authorization: Bearer ...`."""
    text = headers.get("authorization", "")
    return text[len(_BEARER) :].strip() if text.lower().startswith(_BEARER) else None


def cookie_of(headers: Headers, name: str) -> str | None:
    """Return the value of a cookie, even among malformed cookies of other programs on this host."""
    # http.cookies.SimpleCookie reads nothing at all when one cookie has a quote or blank too many.
    return cookie_parser(headers.get("cookie", "")).get(name)
