"""Logging in and out: a page with a form, no script, nothing from elsewhere."""

import html
import logging
from datetime import UTC, datetime
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.security.commands import address_of
from dashboard.security.doorkeeper import Doorkeeper, cookie_of
from dashboard.security.guard import LOGIN_PATH
from dashboard.security.keys import ADMIN_NAME, User
from dashboard.security.needs import for_strangers
from dashboard.security.passwords import PasswordCheck
from dashboard.security.sessions import COOKIE, LIFETIME_S
from dashboard.security.throttle import LoginThrottle
from dashboard.security.trail import AuditTrail
from utils.audit import AuditEntry, Outcome
from utils.clock import Clock

log = logging.getLogger("truetape.dashboard")

LOGOUT_PATH = "/logout"
MAX_FORM_BYTES = 4096

_NAME_FIELD = """<label for="name">Name</label><input id="name" name="name" maxlength="40"
autocomplete="username" required autofocus>"""

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Log in · Truetape</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{color-scheme:dark light;--bg:#0b0e13;--card:#11151c;--line:#262d39;--text:#e4e8ee}
@media(prefers-color-scheme:light){:root{--bg:#f2f4f7;--card:#fff;--line:#d9dde3;--text:#1b2330}}
body{margin:0;min-height:100dvh;display:grid;place-items:center;background:var(--bg);
color:var(--text);font:15px/1.5 Inter,system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}
form{width:min(320px,calc(100vw - 48px));background:var(--card);border:1px solid var(--line);
border-radius:8px;padding:28px}h1{margin:0 0 20px;font-size:20px}label{display:block;
margin:12px 0 6px}input,button{box-sizing:border-box;width:100%;font:inherit;border-radius:4px;
padding:9px 12px}input{border:1px solid var(--line);background:var(--bg);color:inherit}
button{margin-top:16px;border:0;background:#0b7f75;color:#fff;font-weight:600;cursor:pointer}
p{color:#ef5350;margin:12px 0 0}:focus-visible{outline:2px solid #26a69a;outline-offset:2px}
</style></head><body><form method="post" action="/login"><h1>Truetape</h1>{name}
<label for="password">Password</label><input id="password" name="password" type="password"
autocomplete="current-password" required{focus}><button>Log in</button>{problem}</form></body>
</html>"""


class Login:
    """Asks for a password (and a name, where there are users but the admin), and opens sessions."""

    def __init__(self, doorkeeper: Doorkeeper, trail: AuditTrail, clock: Clock) -> None:
        self._doorkeeper = doorkeeper
        self._trail = trail
        self._throttle = LoginThrottle(clock)
        self._passwords = PasswordCheck()

    @property
    def is_needed(self) -> bool:
        """Tell whether strangers are kept out."""
        return self._doorkeeper.is_locked

    def page(self, problem: str = "", status: int = 200) -> Response:
        """Return the form."""
        named = any(user.name != ADMIN_NAME for user in self._doorkeeper.keys().users)
        shown = f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
        page = _PAGE.replace("{name}", _NAME_FIELD if named else "")
        page = page.replace("{focus}", "" if named else " autofocus")
        return HTMLResponse(page.replace("{problem}", shown), status)

    async def log_in(self, request: Request) -> Response:
        """Answer a form that was sent: open a session, or say what is wrong."""
        name, password = _said(await request.body())
        address = address_of(request)
        # One by one, the waiting included: or many tries at once would count as one.
        async with self._passwords.turn:
            wait_s = self._throttle.wait_s(address)
            if wait_s > 0:
                return self.page(f"Too many tries. Wait {wait_s:.0f} s and try again.", 429)
            user = self._doorkeeper.keys().user(name)
            accepted = await self._passwords.accepts(user, password)
            if accepted:
                self._throttle.succeeded(address)
            else:
                self._throttle.failed(address)
        await self._tell(user, address, Outcome.DONE if accepted else Outcome.REFUSED)
        if user is None or not accepted:
            return self.page("Wrong name or password." if name != ADMIN_NAME else _WRONG, 401)
        return self._opened(request, user, address)

    async def log_out(self, request: Request) -> Response:
        """End the session that asks."""
        session = self._doorkeeper.sessions.find(cookie_of(request.headers))
        if session is not None:
            self._doorkeeper.sessions.end(session.id)
        response = RedirectResponse(LOGIN_PATH, 303)
        response.delete_cookie(COOKIE)
        return response

    def _opened(self, request: Request, user: User, address: str) -> Response:
        response = RedirectResponse("/", 303)
        agent = request.headers.get("user-agent", "")
        response.set_cookie(
            COOKIE,
            self._doorkeeper.sessions.open(user, address, agent),
            max_age=LIFETIME_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    async def _tell(self, user: User | None, address: str, outcome: Outcome) -> None:
        # What is typed as a name may be a password: only names that exist are written down.
        entry = AuditEntry(
            at=datetime.now(UTC),
            who=user.name if user else "",
            role=user.role.value if user else "",
            address=address,
            what=LOGIN_PATH,
            outcome=outcome,
        )
        await self._trail.add(entry)


_WRONG = "Wrong password."


def add_login_routes(server: FastAPI, login: Login) -> None:
    """Serve `/login` and `/logout`."""

    async def show(_: Request) -> Response:
        return login.page() if login.is_needed else RedirectResponse("/", 303)

    @for_strangers
    async def log_in(request: Request) -> Response:
        return await login.log_in(request)

    @for_strangers
    async def log_out(request: Request) -> Response:
        return await login.log_out(request)

    server.add_route(LOGIN_PATH, show, methods=["GET"])
    server.add_route(LOGIN_PATH, log_in, methods=["POST"])
    server.add_route(LOGOUT_PATH, log_out, methods=["POST"])


def _said(body: bytes) -> tuple[str, str]:
    form = parse_qs(body[:MAX_FORM_BYTES].decode("utf-8", "replace"))
    return form.get("name", [ADMIN_NAME])[0].strip(), form.get("password", [""])[0]
