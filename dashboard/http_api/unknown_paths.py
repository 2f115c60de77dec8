"""Serves what is below `/api` and no route: 404, or 405 for a path that has another method."""

from collections.abc import Iterable, Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from dashboard.rest.paths import API_ROOT
from dashboard.rest.problems import ErrorResponse
from dashboard.rest.responses import NOT_FOUND, problem_response
from dashboard.security.permissions import read_only

METHOD_NOT_ALLOWED = 405


def unknown_api_paths(routes: Sequence[BaseRoute]) -> Route:
    """Return the route behind all others of the API. Add it before Dash's own catch-all."""
    return Route(f"{API_ROOT}/{{path:path}}", read_only(_UnknownApiPaths(tuple(routes))))


class _UnknownApiPaths:
    """Answers every method: it changes nothing."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, methods = scope["path"], set(self._methods(scope))
        if methods:
            allowed = ", ".join(sorted(methods))
            problem = f"{path} does not answer {scope['method']}"
            answer = problem_response(
                ErrorResponse(problem=problem, remedy=f"It answers {allowed}."), METHOD_NOT_ALLOWED
            )
            answer.headers["allow"] = allowed
        else:
            remedy = f"{API_ROOT}/docs lists what there is."
            problem = f"Nothing is served at {path}"
            answer = problem_response(ErrorResponse(problem=problem, remedy=remedy), NOT_FOUND)
        await answer(scope, receive, send)

    def _methods(self, scope: Scope) -> Iterable[str]:
        for route in self._routes:
            if route.matches(scope)[0] is Match.PARTIAL:
                yield from getattr(route, "methods", None) or ()
