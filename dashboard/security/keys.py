"""Users and tokens of the dashboard: names, roles, and hashes of passwords and tokens.

Pure except for making a token, which needs randomness.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from dashboard.security.roles import Principal, Role
from utils.errors import ConfigError

ADMIN_NAME = "admin"
TOKEN_START = "tt_"
MAX_NAME_LENGTH = 40
_NAME = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{MAX_NAME_LENGTH - 1}}}")


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user with a password; `password_hash` is argon2's."""

    name: str
    role: Role
    password_hash: str

    @property
    def key_id(self) -> str:
        """Return an id that changes with the password: sessions are bound to it."""
        return digest(self.password_hash)[:16]

    @property
    def principal(self) -> Principal:
        """Return the principal of this user."""
        return Principal(name=self.name, role=self.role)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A program's credential, stored as SHA-256 only: it is random, so that is enough."""

    name: str
    role: Role
    digest: str
    made_at: datetime

    @property
    def principal(self) -> Principal:
        """Return the principal of this token."""
        return Principal(name=f"token:{self.name}", role=self.role)


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """All users and tokens."""

    users: tuple[User, ...] = ()
    tokens: tuple[Token, ...] = ()

    def user(self, name: str) -> User | None:
        """Return the user of this name."""
        return next((user for user in self.users if user.name == name), None)

    def bearer(self, token: str) -> Token | None:
        """Return the token with this text."""
        sought = digest(token)
        return next((each for each in self.tokens if each.digest == sought), None)

    def with_user(self, user: User) -> "Keys":
        """Return the keys with a user, who replaces the one of that name."""
        return msgspec.structs.replace(self, users=(*_others(self.users, user.name), user))

    def without_user(self, name: str) -> "Keys":
        """Return the keys without a user."""
        return msgspec.structs.replace(self, users=_others(self.users, name))

    def with_token(self, token: Token) -> "Keys":
        """Return the keys with a token, which replaces the one of that name."""
        return msgspec.structs.replace(self, tokens=(*_others(self.tokens, token.name), token))

    def without_token(self, name: str) -> "Keys":
        """Return the keys without a token."""
        return msgspec.structs.replace(self, tokens=_others(self.tokens, name))


def new_token(name: str, role: Role, made_at: datetime) -> tuple[Token, str]:
    """Return a token and its text, which is shown once and never stored."""
    text = f"{TOKEN_START}{secrets.token_urlsafe(32)}"
    return Token(name=check_name(name), role=role, digest=digest(text), made_at=made_at), text


def check_name(name: str) -> str:
    """Return the name if users and tokens may have it. Raises ConfigError."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            "name",
            problem=f"must be 1 to {MAX_NAME_LENGTH} lower-case letters, digits, dots, dashes or "
            f"underscores, and not start with one of the last three; was {name[:60]!r}",
        )
    return name


def digest(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


Credential = TypeVar("Credential", User, Token)


def _others(kept: Iterable[Credential], name: str) -> tuple[Credential, ...]:
    return tuple(each for each in kept if each.name != name)
