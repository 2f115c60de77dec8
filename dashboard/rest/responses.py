"""Responses of the API: JSON, CSV, and errors as an `ErrorResponse`."""

import logging
from typing import Any

from starlette.responses import Response

from bot_manager.errors import BotError
from dashboard.rest.problems import ErrorResponse, problem_of
from dashboard.rest.schema_types import ResponseModel
from data.errors import InvalidValue
from strategies.errors import LayoutRefused
from utils.codec import CodecError, encode
from utils.errors import ConfigError, ExternalServiceError, NotFound, TruetapeError

log = logging.getLogger("truetape.dashboard")

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 400, 401, 403, 404, 409
UNPROCESSABLE, UNAVAILABLE = 422, 503

# In this order: several are of other kinds below, too.
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, NOT_FOUND),
    (CodecError, BAD_REQUEST),
    (InvalidValue, BAD_REQUEST),
    (ConfigError, BAD_REQUEST),
    (LayoutRefused, CONFLICT),
    (BotError, CONFLICT),
    (ExternalServiceError, UNAVAILABLE),
)


def error_response(error: TruetapeError) -> Response:
    """Return the answer to an error that a caller can act on; raise any other again."""
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            if status == UNAVAILABLE:
                log.warning("request failed", extra={"reason": str(error)})
            return problem_response(problem_of(error), status)
    raise error


def problem_response(problem: ErrorResponse, status: int) -> Response:
    """Return the answer to a request that is not served."""
    return Response(problem.model_dump_json(), status, media_type="application/json")


def refused_form_response(checked: ResponseModel) -> Response:
    """Return the answer to a form that cannot be run or stored: its problems."""
    return Response(checked.model_dump_json(), UNPROCESSABLE, media_type="application/json")


def json_response(payload: Any, status: int = 200) -> Response:
    """Return a value as JSON."""
    return Response(encode(payload), status, media_type="application/json")


def csv_response(name: str, text: str) -> Response:
    """Return a CSV file to download, under this name."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, headers=headers, media_type="text/csv")
