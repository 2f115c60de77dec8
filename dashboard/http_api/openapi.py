"""The OpenAPI document of the API: every route with its role, models and errors."""

from collections.abc import Iterable, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from dashboard.http_api.routes import ApiRoute

TITLE = "Truetape"
VERSION = "1"
_DESCRIPTION = """The requests of the pages, for programs, too.

Authenticate with a token (`Authorization: Bearer tt_...`) or with the cookie of a session. The
`x-role` of a route is the least role that may call it; `x-recorded`: it is a command, and listed in
the audit log. Decimals are strings, and so are whole numbers that may exceed 2^53. Every error is
an `ErrorResponse`, but for the forms' 422, which hold the problems of each field. A request that is
no plain read requires a token or the header `Origin` with the address of this site.
"""
_SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "Made by an admin: see users."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "truetape_session",
        "description": "Set by the login; its name ends with the id of the instance.",
    },
}
_METHODS = ("get", "post")
# What FastAPI declares for a failed validation: ours are answered with 400 and an ErrorResponse.
_UNUSED_SCHEMAS = ("HTTPValidationError", "ValidationError")
_UNUSED_REFERENCE = "#/components/schemas/HTTPValidationError"


def api_routes(routes: Iterable[BaseRoute]) -> list[ApiRoute]:
    """Return the routes that are part of the API."""
    return [route for route in routes if isinstance(route, ApiRoute)]


def openapi_document(routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """Return the description of these routes."""
    described: Sequence[BaseRoute] = api_routes(routes)
    document = get_openapi(title=TITLE, version=VERSION, description=_DESCRIPTION, routes=described)
    for operation in operations(document):
        responses = operation["responses"]
        if _UNUSED_REFERENCE in str(responses.get("422")):
            del responses["422"]
    components = document.setdefault("components", {})
    for name in _UNUSED_SCHEMAS:
        components.get("schemas", {}).pop(name, None)
    components["securitySchemes"] = _SECURITY_SCHEMES
    document["security"] = [{name: []} for name in _SECURITY_SCHEMES]
    return document


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations of a document, in its order."""
    return [
        item[method] for item in document["paths"].values() for method in _METHODS if method in item
    ]
