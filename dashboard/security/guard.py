"""The access checks of the server: every page, callback and WebSocket is behind them."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from dashboard.rest.paths import API_ROOT
from dashboard.rest.problems import ErrorResponse
from dashboard.rest.responses import problem_response
from dashboard.security.authenticator import Authenticator, bearer_token
from dashboard.security.authorization import SAFE_METHODS
from dashboard.security.headers import cache_control
from dashboard.security.listen_address import ListenAddress
from dashboard.security.login_target import login_query

LOGIN_PATH = "/login"
LINK_PATH = "/login/link"
PUBLIC_PATHS = frozenset({LOGIN_PATH, LINK_PATH, "/healthz", "/readyz"})
MAX_BODY_BYTES = 2_000_000
REFUSED_SOCKET = 4403
_PROGRAM_REMEDY = (
    "A program sends a token (Authorization: Bearer tt_..., made by truetape users token) or, where"
    " no token is needed, the address of this site as Origin, such as http://127.0.0.1:8050."
)


class RequestGuard:
    """Checks Host, Origin and authentication; adds the security headers to every response.

    `scope["user"]` is the Principal, or None on the public paths.
    """

    def __init__(
        self,
        app: ASGIApp,
        listen_address: ListenAddress,
        authenticator: Authenticator,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        self._app = app
        self._listen_address = listen_address
        self._authenticator = authenticator
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope["user"] = self._authenticator.principal(headers)
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            await self._serve_socket(refusal, scope, receive, send)
        else:
            app = refusal or self._app
            await app(scope, receive, self._with_headers(scope, send))

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if not self._listen_address.allows_host(host):
            problem = "This host name is not allowed; add it to DASHBOARD_ALLOWED_HOSTS."
            return _refused(scope, problem, status=421)
        if _changes_something(scope) and not _is_same_origin(headers, host):
            return _refused(scope, *_foreign(headers), status=403)
        if scope["user"] is None and scope["path"] not in PUBLIC_PATHS:
            if bearer_token(headers) is not None:
                return _refused(scope, "This token is not valid.", status=401)
            return RedirectResponse(f"{LOGIN_PATH}{login_query(scope, headers)}", 303)
        return _body_refusal(scope, headers)

    async def _serve_socket(
        self, refusal: Response | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if refusal is None:
            await self._app(scope, receive, self._while_authenticated(scope, send))
        else:
            await receive()
            await send({"type": "websocket.close", "code": REFUSED_SOCKET, "reason": "refused"})

    def _while_authenticated(self, scope: Scope, send: Send) -> Send:
        """Return a `send` that checks each frame, and closes a socket whose session has ended."""
        headers = Headers(scope=scope)

        async def send_if_authenticated(message: Message) -> None:
            if self._authenticator.principal(headers) != scope["user"]:
                close_message = {
                    "type": "websocket.close",
                    "code": REFUSED_SOCKET,
                    "reason": "logged out",
                }
                await send(close_message)
                raise WebSocketDisconnect(REFUSED_SOCKET)
            await send(message)

        return send_if_authenticated

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers:
                    headers[name.decode()] = value.decode()
                headers["cache-control"] = cache_control(
                    scope["path"],
                    scope["query_string"],
                    message["status"],
                    headers.get("cache-control"),
                )
            await send(message)

        return send_guarded


def _body_refusal(scope: Scope, headers: Headers) -> Response | None:
    """Refuse bodies that are too large, or without a Content-Length."""
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdecimal():
        return _refused(scope, "A body requires a Content-Length.", status=411)
    if len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES:
        return _refused(scope, "This request is too large.", status=413)
    return None


def _foreign(headers: Headers) -> tuple[str, str]:
    """Return the problem and the remedy of a request that is not known to come from this site."""
    if "origin" in headers:
        return "This request comes from another site.", _PROGRAM_REMEDY
    return "This request has neither a token nor an Origin header.", _PROGRAM_REMEDY


def _refused(scope: Scope, problem: str, remedy: str = "", *, status: int) -> Response:
    """Return the answer to a refused request: JSON for programs, else a line."""
    if scope["path"].startswith(f"{API_ROOT}/"):
        return problem_response(ErrorResponse(problem=problem, remedy=remedy), status)
    return PlainTextResponse(f"{problem}\n", status)


def _changes_something(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS


def _is_same_origin(headers: Headers, host: str) -> bool:
    """Return whether a request comes from a page of this site, or from a program with a token.

    Browsers send cookies with requests of any site, but never a token by themselves: a program
    with a token needs no Origin.
    """
    origin = headers.get("origin")
    if origin is None:
        return bearer_token(headers) is not None
    return urlsplit(origin).netloc.lower() == host.lower()
