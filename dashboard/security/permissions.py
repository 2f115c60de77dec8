"""What a route asks of whoever calls it. What is not marked changes nothing: see CommandDoor.

Mark a handler where it is written, and nothing else is needed::

    @needs(Role.OPERATOR)          # a command: checked, and written into the audit list
    async def start(request): ...

    @only_asks                     # a POST that changes nothing: anybody who is let in
    async def check(request): ...
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from dashboard.security.roles import Role

Handler = TypeVar("Handler", bound=Callable[..., object])

_MARK = "truetape_need"


@dataclass(frozen=True, slots=True)
class Permission:
    """The lowest role that may call; None: everybody, even a stranger. `recorded`: audited."""

    role: Role | None
    recorded: bool


READ_ONLY = Permission(Role.VIEWER, recorded=False)
PUBLIC = Permission(None, recorded=False)
# Of Dash's own routes one is a POST: our callbacks read, and never command.
DASH_CALLBACKS = "/_dash-update-component"


def requires_role(role: Role) -> Callable[[Handler], Handler]:
    """Mark a handler as a command for this role and those above it."""
    return _marked(Permission(role, recorded=True))


def read_only(handler: Handler) -> Handler:
    """Mark a handler of POSTs that change nothing."""
    return _marked(READ_ONLY)(handler)


def public(handler: Handler) -> Handler:
    """Mark a handler that whoever is not known may call: the login."""
    return _marked(PUBLIC)(handler)


def permission_of(routes: Iterable[BaseRoute], scope: Scope) -> Permission | None:
    """Return what the route that would answer needs; None: nobody may, it is not marked."""
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.FULL:
            return declared_permission(route)
    return None


def declared_permission(route: BaseRoute) -> Permission | None:
    """Return what a route is marked with."""
    if getattr(route, "path", None) == DASH_CALLBACKS:
        return READ_ONLY
    permission: Permission | None = getattr(getattr(route, "endpoint", None), _MARK, None)
    return permission


def _marked(permission: Permission) -> Callable[[Handler], Handler]:
    def mark(handler: Handler) -> Handler:
        setattr(handler, _MARK, permission)
        return handler

    return mark
