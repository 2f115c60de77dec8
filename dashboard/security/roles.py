"""Who somebody is, and what that allows. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person or a program may do; each may all that those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def allows(self, needed: "Role") -> bool:
        """Tell whether this role may do what needs that one."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever asks: a user, or a program with a token."""

    name: str
    role: Role


OWNER = Principal(name="owner", role=Role.ADMIN)
"""Whoever sits at the machine of a dashboard that listens on loopback and has no users."""
