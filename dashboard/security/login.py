"""Login and logout: a page with a form, without scripts or external resources."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.security.audit_log import AuditLog
from dashboard.security.authenticator import Authenticator, cookie_of
from dashboard.security.client_address import client_address, client_of
from dashboard.security.device_cookies import LIFETIME as DEVICE_LIFETIME
from dashboard.security.device_cookies import DeviceCookies
from dashboard.security.guard import LINK_PATH, LOGIN_PATH
from dashboard.security.keys import ADMIN_NAME, MAX_NAME_LENGTH, User
from dashboard.security.login_grants import LoginGrants
from dashboard.security.login_limit import INTERVAL_S, LoginLimit
from dashboard.security.login_page import link_page, login_page
from dashboard.security.login_target import HOME, local_target
from dashboard.security.passwords import HashingBusy, PasswordCheck
from dashboard.security.permissions import public
from dashboard.security.sessions import LIFETIME_S
from utils.audit import AuditEntry, AuditOutcome
from utils.clock import Clock

LOGOUT_PATH = "/logout"
MAX_FORM_BYTES = 4096
HOST = "host"

_UNAUTHORIZED, _TOO_LARGE, _TOO_MANY, _BUSY = 401, 413, 429, 503
_LINK_REFUSED = (
    "This link was used, has expired, or its user was deleted. Create another on the server: "
    "uv run truetape users link NAME"
)


class Login:
    """Checks a password (and a name, if there are users other than the admin), and opens sessions.

    A wrong password counts for the name and the client's address, or, from a browser on which the
    user logged in before, for that browser alone.
    """

    def __init__(
        self, authenticator: Authenticator, audit_log: AuditLog, clock: Clock, grants: LoginGrants
    ) -> None:
        self._authenticator = authenticator
        self._audit_log = audit_log
        self._grants = grants
        self._limit = LoginLimit(clock)
        self._passwords = PasswordCheck(clock)
        self._devices = DeviceCookies(authenticator.instance_key, clock)

    @property
    def is_needed(self) -> bool:
        """Return whether a login is required."""
        return self._authenticator.is_locked

    def page(self, problem: str = "", status: int = 200, target: str = HOME) -> Response:
        """Return the form; after a successful login it redirects to `target`."""
        named = any(user.name != ADMIN_NAME for user in self._authenticator.keys().users)
        return login_page(named=named, problem=problem, status=status, target=target)

    async def log_in(self, request: Request) -> Response:
        """Process a submitted form: open a session, or return the form with an error."""
        form = _form(await request.body())
        if form is None:
            return self.page(f"A form has at most {MAX_FORM_BYTES} bytes.", _TOO_LARGE)
        name = form.get("name", ADMIN_NAME).strip()[: MAX_NAME_LENGTH + 1]
        password = form.get("password", "")
        target = local_target(form.get("next", ""))
        self._apply_unlocks()
        address, device = client_address(request.scope), self._device(request, name)
        source = f"browser {device}" if device else client_of(address)
        if (wait_s := self._limit.admit(name, source)) > 0:
            return self._too_many_requests(wait_s, target)
        user = self._authenticator.keys().user(name)
        try:
            # A known browser queues behind those of the same user only.
            queue_key = name if device else source
            accepted = await self._passwords.accepts(
                user, password, queue_key, is_known_browser=device is not None
            )
        except HashingBusy:
            self._limit.withdraw(name, source)
            busy = "Too many logins at the same time. Try again in a moment."
            return self.page(busy, _BUSY, target)
        if user is None or not accepted:
            self._record(user, address, AuditOutcome.REFUSED)
            wrong = "Wrong password." if name == ADMIN_NAME else "Wrong name or password."
            return self.page(wrong, _UNAUTHORIZED, target)
        self._limit.succeeded(name, source)
        self._record(user, address, AuditOutcome.DONE)
        return self._session_response(request, user, address, target)

    async def log_in_by_link(self, request: Request) -> Response:
        """Open the session that a link grants, once."""
        address = client_address(request.scope)
        form = _form(await request.body()) or {}
        name = self._grants.redeem(form.get("token", ""))
        user = self._authenticator.keys().user(name) if name is not None else None
        if user is None:
            self._record(None, address, AuditOutcome.REFUSED, LINK_PATH)
            return self.page(_LINK_REFUSED, _UNAUTHORIZED)
        self._record(user, address, AuditOutcome.DONE, LINK_PATH)
        return self._session_response(request, user, address)

    def flush_audit_later(self, response: Response) -> Response:
        """Return the response with a task that stores the audit list after it was sent."""
        response.background = BackgroundTask(self._audit_log.flush)
        return response

    async def log_out(self, request: Request) -> Response:
        """End the session of the request."""
        session = self._authenticator.session(request.headers)
        if session is not None:
            self._authenticator.sessions.end(session.id)
        response = RedirectResponse(LOGIN_PATH, 303)
        response.delete_cookie(self._authenticator.instance_key.session_cookie)
        return response

    def _apply_unlocks(self) -> None:
        for name in self._grants.take_unlocked():
            self._limit.unlock(name)
            self._audit_log.note(
                AuditEntry(
                    at=datetime.now(UTC),
                    username=HOST,
                    role="",
                    address="",
                    action="users unlock",
                    details=name,
                )
            )

    def _device(self, request: Request, name: str) -> str | None:
        cookie = cookie_of(request.headers, self._authenticator.instance_key.device_cookie)
        return self._devices.device_of(cookie, name)

    def _too_many_requests(self, wait_s: float, target: str) -> Response:
        response = self.page(
            f"Too many attempts: one is accepted every {INTERVAL_S:.0f} s. Try again in "
            f"{wait_s:.0f} s, or get a login link on the server: "
            "uv run truetape users link NAME",
            _TOO_MANY,
            target,
        )
        response.headers["retry-after"] = f"{wait_s + 1:.0f}"
        return response

    def _session_response(
        self, request: Request, user: User, address: str, target: str = HOME
    ) -> Response:
        response = RedirectResponse(target, 303)
        key, secure = self._authenticator.instance_key, request.url.scheme == "https"
        agent = request.headers.get("user-agent", "")
        cookies = (
            (
                key.session_cookie,
                self._authenticator.sessions.open(user, address, agent),
                LIFETIME_S,
            ),
            (
                key.device_cookie,
                self._devices.issue(user.name, self._device(request, user.name)),
                int(DEVICE_LIFETIME.total_seconds()),
            ),
        )
        for name, value, lasting_s in cookies:
            response.set_cookie(
                name, value, max_age=lasting_s, httponly=True, samesite="strict", secure=secure
            )
        return response

    def _record(
        self, user: User | None, address: str, outcome: AuditOutcome, what: str = LOGIN_PATH
    ) -> None:
        # Guesses of ever new names or tokens must not push commands out of the audit list.
        if user is None and self._limit.admit(what, client_of(address)) > 0:
            return
        # A password may be typed as the name: only existing names are recorded.
        entry = AuditEntry(
            at=datetime.now(UTC),
            username=user.name if user else "",
            role=user.role.value if user else "",
            address=address,
            action=what,
            outcome=outcome,
        )
        self._audit_log.note(entry)


def add_login_routes(server: FastAPI, login: Login) -> None:
    """Serve `/login`, `/login/link` and `/logout`."""

    async def show(request: Request) -> Response:
        target = local_target(request.query_params.get("next", ""))
        return login.page(target=target) if login.is_needed else RedirectResponse(target, 303)

    async def show_link(request: Request) -> Response:
        return link_page(request.query_params.get("token", ""))

    @public
    async def log_in(request: Request) -> Response:
        return login.flush_audit_later(await login.log_in(request))

    @public
    async def log_in_by_link(request: Request) -> Response:
        return login.flush_audit_later(await login.log_in_by_link(request))

    @public
    async def log_out(request: Request) -> Response:
        return await login.log_out(request)

    server.add_route(LOGIN_PATH, show, methods=["GET"])
    server.add_route(LOGIN_PATH, log_in, methods=["POST"])
    # A GET changes nothing: programs that preview links must not use one up.
    server.add_route(LINK_PATH, show_link, methods=["GET"])
    server.add_route(LINK_PATH, log_in_by_link, methods=["POST"])
    server.add_route(LOGOUT_PATH, log_out, methods=["POST"])


def _form(body: bytes) -> dict[str, str] | None:
    """Return the first value of each field; None if the form is too long."""
    if len(body) > MAX_FORM_BYTES:
        return None
    fields = parse_qs(body.decode("utf-8", "replace"))
    return {name: values[0] for name, values in fields.items()}
