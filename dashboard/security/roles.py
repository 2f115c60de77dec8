"""Principals and roles. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user or a program may do; each role includes those before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def allows(self, needed: "Role") -> bool:
        """Return whether this role includes the needed one."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller: a user, or a program with a token."""

    name: str
    role: Role


OWNER = Principal(name="owner", role=Role.ADMIN)
"""The user of a dashboard that listens on loopback and has no users."""
