"""The login page: one password, no script, nothing from elsewhere."""

import asyncio
import html
import logging
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.security.guard import LOGIN_PATH
from dashboard.security.sessions import COOKIE, LIFETIME_S, Sessions
from dashboard.security.throttle import LoginThrottle
from utils.clock import Clock

log = logging.getLogger("truetape.dashboard")

LOGOUT_PATH = "/logout"
MAX_FORM_BYTES = 4096

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Log in · Truetape</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{color-scheme:dark light;--bg:#0b0e13;--card:#11151c;--line:#262d39;--text:#e4e8ee}
@media(prefers-color-scheme:light){:root{--bg:#f2f4f7;--card:#fff;--line:#d9dde3;--text:#1b2330}}
body{margin:0;min-height:100dvh;display:grid;place-items:center;background:var(--bg);
color:var(--text);font:15px/1.5 Inter,system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}
form{width:min(320px,calc(100vw - 48px));background:var(--card);border:1px solid var(--line);
border-radius:8px;padding:28px}h1{margin:0 0 20px;font-size:20px}label{display:block;
margin-bottom:6px}input,button{box-sizing:border-box;width:100%;font:inherit;border-radius:4px;
padding:9px 12px}input{border:1px solid var(--line);background:var(--bg);color:inherit}
button{margin-top:16px;border:0;background:#0b7f75;color:#fff;font-weight:600;cursor:pointer}
p{color:#ef5350;margin:12px 0 0}:focus-visible{outline:2px solid #26a69a;outline-offset:2px}
</style></head><body><form method="post" action="/login"><h1>Truetape</h1>
<label for="password">Password</label><input id="password" name="password" type="password"
autocomplete="current-password" required autofocus><button>Log in</button>{problem}</form></body>
</html>"""


def add_login_routes(server: FastAPI, sessions: Sessions, clock: Clock) -> None:
    """Serve `/login` and `/logout`."""
    throttle = LoginThrottle(clock)

    @server.get(LOGIN_PATH, include_in_schema=False)
    async def show() -> Response:
        return _page()

    @server.post(LOGIN_PATH, include_in_schema=False)
    async def log_in(request: Request) -> Response:
        return await _log_in(request, sessions, throttle)

    @server.post(LOGOUT_PATH, include_in_schema=False)
    async def log_out() -> Response:
        response = RedirectResponse(LOGIN_PATH, 303)
        response.delete_cookie(COOKIE)
        return response


async def _log_in(request: Request, sessions: Sessions, throttle: LoginThrottle) -> Response:
    address = request.client.host if request.client else "unknown"
    wait_s = throttle.wait_s(address)
    if wait_s > 0:
        return _page(f"Too many tries. Wait {wait_s:.0f} s and try again.", 429)
    body = (await request.body())[:MAX_FORM_BYTES].decode("utf-8", "replace")
    password = parse_qs(body).get("password", [""])[0]
    if not await asyncio.to_thread(sessions.accepts, password):
        throttle.failed(address)
        log.warning("login refused", extra={"address": address})
        return _page("Wrong password.", 401)
    throttle.succeeded(address)
    log.info("logged in", extra={"address": address})
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        sessions.issue(),
        max_age=LIFETIME_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


def _page(problem: str = "", status: int = 200) -> Response:
    shown = f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
    return HTMLResponse(_PAGE.replace("{problem}", shown), status)
