"""Responses of our own requests beside Dash's callbacks: JSON, and errors as a sentence."""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot_manager.errors import BotError
from data.errors import InvalidValue
from strategies.errors import LayoutRefused
from utils.codec import CodecError, encode
from utils.errors import ConfigError, ExternalServiceError, NotFound

log = logging.getLogger("truetape.dashboard")

BAD_REQUEST, NOT_FOUND, CONFLICT, UNAVAILABLE = 400, 404, 409, 503

RequestHandler = Callable[[Request], Awaitable[Response]]


def handle_errors(handler: RequestHandler) -> RequestHandler:
    """Wrap a handler: errors become a status and a sentence for the user.

    The handler's permission mark (`@requires_role`, `@read_only`) is kept.
    """

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except NotFound as error:  # several are of other kinds below, too
            return json_response({"problem": str(error)}, NOT_FOUND)
        except (CodecError, InvalidValue, ConfigError) as error:
            return json_response({"problem": str(error)}, BAD_REQUEST)
        except (LayoutRefused, BotError) as error:
            return json_response({"problem": str(error)}, CONFLICT)
        except ExternalServiceError as error:
            log.warning("request failed", extra={"reason": str(error)})
            return json_response({"problem": str(error)}, UNAVAILABLE)

    return guarded


def json_response(payload: Any, status: int = 200) -> Response:
    """Return a value as JSON."""
    return Response(encode(payload), status, media_type="application/json")


def csv_response(name: str, text: str) -> Response:
    """Return a CSV file to download, under this name."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, headers=headers, media_type="text/csv")
