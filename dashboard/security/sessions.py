"""The password, and the signed cookie that stands for having said it."""

import hashlib

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from itsdangerous import BadSignature, TimestampSigner

COOKIE = "truetape_session"
LIFETIME_S = 12 * 3600


class Sessions:
    """Check passwords and cookies of the one user.

    Cookies are signed with a key derived from the password's hash: they survive a restart and end
    when the password changes.
    """

    def __init__(self, password_hash: str) -> None:
        self._hash = password_hash
        self._hasher = PasswordHasher()
        key = hashlib.sha256(b"truetape session " + password_hash.encode()).digest()
        self._signer = TimestampSigner(key, salt="session", digest_method=hashlib.sha256)

    def accepts(self, password: str) -> bool:
        """Tell whether this is the password. Takes a while on purpose: call it in a thread."""
        try:
            return self._hasher.verify(self._hash, password)
        except (Argon2Error, InvalidHashError):
            return False

    def issue(self) -> str:
        """Return the value of a new session cookie."""
        return self._signer.sign(b"user").decode()

    def is_valid(self, cookie: str | None) -> bool:
        """Tell whether a cookie's value is ours and not too old."""
        if cookie is None:
            return False
        try:
            return self._signer.unsign(cookie, max_age=LIFETIME_S) == b"user"
        except BadSignature:
            return False
