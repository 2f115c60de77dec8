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
class Need:
    """The lowest role that may call; None: everybody, even a stranger. `recorded`: audited."""

    role: Role | None
    recorded: bool


QUESTION = Need(Role.VIEWER, recorded=False)
OPEN = Need(None, recorded=False)
# Of Dash's own routes one is a POST: our callbacks read, and never command.
DASH_CALLBACKS = "/_dash-update-component"


def needs(role: Role) -> Callable[[Handler], Handler]:
    """Mark a handler as a command for this role and those above it."""
    return _marked(Need(role, recorded=True))


def only_asks(handler: Handler) -> Handler:
    """Mark a handler of POSTs that change nothing."""
    return _marked(QUESTION)(handler)


def for_strangers(handler: Handler) -> Handler:
    """Mark a handler that whoever is not known may call: the login."""
    return _marked(OPEN)(handler)


def need_of(routes: Iterable[BaseRoute], scope: Scope) -> Need | None:
    """Return what the route that would answer needs; None: nobody may, it is not marked."""
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.FULL:
            return declared_need(route)
    return None


def declared_need(route: BaseRoute) -> Need | None:
    """Return what a route is marked with."""
    if getattr(route, "path", None) == DASH_CALLBACKS:
        return QUESTION
    need: Need | None = getattr(getattr(route, "endpoint", None), _MARK, None)
    return need


def _marked(need: Need) -> Callable[[Handler], Handler]:
    def mark(handler: Handler) -> Handler:
        setattr(handler, _MARK, need)
        return handler

    return mark
