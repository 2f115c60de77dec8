"""The permission that a route requires. Unmarked routes change nothing: see
AuthorizationMiddleware.

Mark the handler where it is defined::

    @requires_role(Role.OPERATOR)  # a command: checked, and recorded in the audit list
    async def start(request): ...

    @read_only                     # a POST that changes nothing: any authenticated caller
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
    """The lowest role that may call; None: every client, even anonymous. `recorded`: audited."""

    role: Role | None
    recorded: bool


READ_ONLY = Permission(Role.VIEWER, recorded=False)
PUBLIC = Permission(None, recorded=False)
# One of Dash's own routes is a POST: our callbacks only read.
DASH_CALLBACKS = "/_dash-update-component"


def requires_role(role: Role) -> Callable[[Handler], Handler]:
    """Mark a handler as a command for this role and those above it."""
    return _marked(Permission(role, recorded=True))


def read_only(handler: Handler) -> Handler:
    """Mark a handler of POSTs that change nothing."""
    return _marked(READ_ONLY)(handler)


def public(handler: Handler) -> Handler:
    """Mark a handler that anonymous clients may call: the login."""
    return _marked(PUBLIC)(handler)


def permission_of(routes: Iterable[BaseRoute], scope: Scope) -> Permission | None:
    """Return the permission that the matching route requires; None if it is not marked."""
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.FULL:
            return declared_permission(route)
    return None


def declared_permission(route: BaseRoute) -> Permission | None:
    """Return the permission that a route is marked with."""
    if getattr(route, "path", None) == DASH_CALLBACKS:
        return READ_ONLY
    return endpoint_permission(getattr(route, "endpoint", None))


def endpoint_permission(endpoint: object) -> Permission | None:
    """Return the permission that a handler is marked with."""
    permission: Permission | None = getattr(endpoint, _MARK, None)
    return permission


def _marked(permission: Permission) -> Callable[[Handler], Handler]:
    def mark(handler: Handler) -> Handler:
        setattr(handler, _MARK, permission)
        return handler

    return mark
