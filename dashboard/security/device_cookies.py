"""Cookies of browsers that logged in before: guesses of others never slow these down.

Pure except for the random id. The cookie authenticates nothing; it gives a browser its own limit.
"""

import hmac
import secrets
from datetime import timedelta

from dashboard.security.instance_key import InstanceKey
from utils.clock import Clock

LIFETIME = timedelta(days=180)
_SEPARATOR = ":"
_MAX_COOKIE_LENGTH = 300


class DeviceCookies:
    """Signs cookies for one user and browser, and verifies them until `LIFETIME` has passed."""

    def __init__(self, key: InstanceKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def issue(self, user_name: str, device: str | None = None) -> str:
        """Return the value of a cookie for a user's browser; `device`: the id it already has."""
        issued_s = int(self._clock.now().timestamp())
        signed = _SEPARATOR.join((user_name, str(issued_s), device or secrets.token_hex(16)))
        return f"{signed}{_SEPARATOR}{self._signature(signed)}"

    def device_of(self, cookie: str | None, user_name: str) -> str | None:
        """Return the id of a browser on which this user logged in before, else None."""
        signed, _, signature = (cookie or "")[:_MAX_COOKIE_LENGTH].rpartition(_SEPARATOR)
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            return None
        name, issued_s, device = signed.split(_SEPARATOR)
        age_s = self._clock.now().timestamp() - int(issued_s)
        return device if name == user_name and age_s <= LIFETIME.total_seconds() else None

    def _signature(self, signed: str) -> str:
        return hmac.digest(self._key.secret, b"device " + signed.encode(), "sha256").hex()
