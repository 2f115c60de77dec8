"""Routers of the API: typed FastAPI routes below `/api/v1`, whose errors are one model.

A feature's module of routes makes its router once, at import::

    router = api_router("access")

    @router.get("/me")
    async def get_current_user(user: CurrentUser) -> CurrentUserResponse:
        \"\"\"Return the user or program that sends the request.\"\"\"

The name of the function is the operation's id, its docstring the description. Permission marks
(dashboard/security/permissions.py) go below the decorator of the route, and are part of the
description, too.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard.rest.paths import API_PREFIX
from dashboard.rest.problems import ErrorResponse, validation_problem
from dashboard.rest.responses import (
    BAD_REQUEST,
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    UNAUTHORIZED,
    UNAVAILABLE,
    UNPROCESSABLE,
    error_response,
    problem_response,
)
from dashboard.security.authorization import SAFE_METHODS
from dashboard.security.permissions import READ_ONLY, Permission, endpoint_permission
from utils.errors import TruetapeError

_ERRORS = {
    BAD_REQUEST: "A parameter or a field of the body is wrong.",
    UNAUTHORIZED: "The token is not valid. Without a token or session: 303, to the login.",
    FORBIDDEN: "The role does not allow it, or the request comes from another site.",
    NOT_FOUND: "What the request names does not exist.",
    CONFLICT: "The state of what the request names does not allow it.",
    UNAVAILABLE: "The database or another server cannot be reached; retry in some seconds.",
}

Responses = dict[int | str, dict[str, Any]]


class ApiRoute(APIRoute):
    """A route whose errors are an `ErrorResponse`; its role is described as `x-role`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        permission = endpoint_permission(endpoint) or READ_ONLY
        options["openapi_extra"] = _permission_description(permission)
        is_read = set(options["methods"]) <= SAFE_METHODS
        refusals = (UNAUTHORIZED,) if is_read else (UNAUTHORIZED, FORBIDDEN)
        options["responses"] = errors(*refusals) | (options["responses"] or {})
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of this route, which answers errors of the request."""
        handle = super().get_route_handler()

        async def handle_or_explain(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                problem = validation_problem(error.errors(), self._body_fields)
            except HTTPException:
                # The decoder failed otherwise than by a syntax error: no UTF-8, or nested too deep.
                problem = ErrorResponse(field="body", problem="the body must be one JSON object")
            except TruetapeError as error:
                return error_response(error)
            return problem_response(problem, BAD_REQUEST)

        return handle_or_explain

    @property
    def _body_fields(self) -> tuple[str, ...]:
        kind = self.body_field.field_info.annotation if self.body_field else None
        return tuple(getattr(kind, "model_fields", ()))


def api_router(name: str) -> APIRouter:
    """Return the router of a feature: its routes are below `/api/v1/<name>`."""
    return APIRouter(
        prefix=f"{API_PREFIX}/{name}",
        tags=[name],
        route_class=ApiRoute,
        generate_unique_id_function=_operation_id,
        # Programs that send no Content-Type are served, as long as the body is JSON.
        strict_content_type=False,
    )


def errors(*statuses: int) -> Responses:
    """Return what a route declares as `responses`: the errors that it may answer with."""
    return {status: {"model": ErrorResponse, "description": _ERRORS[status]} for status in statuses}


def encoded(model: type[Any]) -> Responses:
    """Return the declaration of a hot route, which encodes its answer of this model itself."""
    return {200: {"model": model}}


def refused_form(model: type[Any]) -> Responses:
    """Return the declaration of a route that answers a form with its problems, as this model."""
    text = "The form cannot be run or stored: its problems are at the fields."
    return {UNPROCESSABLE: {"model": model, "description": text}}


def csv_file() -> Responses:
    """Return the declaration of a route that answers with a CSV file."""
    return {200: {"content": {"text/csv": {}}, "description": "A CSV file; times are in UTC."}}


def _operation_id(route: APIRoute) -> str:
    return route.name


def _permission_description(permission: Permission) -> dict[str, Any]:
    role = permission.role.value if permission.role else None
    return {"x-role": role, "x-recorded": permission.recorded}
