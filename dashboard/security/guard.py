"""The outermost layer of the server: nothing reaches a page, callback or socket but through it."""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.security.access import Access
from dashboard.security.sessions import COOKIE, Sessions

LOGIN_PATH = "/login"
PUBLIC_PATHS = frozenset({LOGIN_PATH, "/healthz", "/readyz"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY_BYTES = 2_000_000


class Guard:
    """Check Host, then Origin, then the session; put the security headers on every answer."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        sessions: Sessions | None,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        self._app = app
        self._access = access
        self._sessions = sessions
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            await self._serve_socket(refusal, scope, receive, send)
        else:
            app = refusal or self._app
            await app(scope, receive, self._with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._access.answers_to(host):
            return PlainTextResponse(
                "This name is not allowed; add it to DASHBOARD_ALLOWED_HOSTS.\n", 421
            )
        if _changes_something(scope) and not _is_same_origin(headers.get("origin"), host):
            return PlainTextResponse("This request comes from another site.\n", 403)
        if not self._is_known(scope, headers):
            return RedirectResponse(LOGIN_PATH, 303)
        return _body_refusal(headers)

    def _is_known(self, scope: Scope, headers: Headers) -> bool:
        if self._sessions is None or scope["path"] in PUBLIC_PATHS:
            return True
        return self._sessions.is_valid(_cookie(headers))

    async def _serve_socket(
        self, refusal: Response | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": "refused"})

    def _with_headers(self, send: Send) -> Send:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers:
                    headers[name.decode()] = value.decode()
            await send(message)

        return send_guarded


def _body_refusal(headers: Headers) -> Response | None:
    """Refuse bodies that are too large, or that do not say how large they are."""
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdecimal():
        return PlainTextResponse("A body needs a Content-Length.\n", 411)
    if int(length) > MAX_BODY_BYTES:
        return PlainTextResponse("This request is too large.\n", 413)
    return None


def _changes_something(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS


def _is_same_origin(origin: str | None, host: str) -> bool:
    return origin is not None and urlsplit(origin).netloc.lower() == host.lower()


def _cookie(headers: Headers) -> str | None:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None
