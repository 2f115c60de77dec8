"""Authorization behind the guard: only declared commands change state, by a role that may."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.rest.disconnects import CancelOnDisconnect
from dashboard.rest.problems import ErrorResponse
from dashboard.rest.responses import FORBIDDEN, problem_response
from dashboard.security.audit_log import AuditLog
from dashboard.security.client_address import client_address
from dashboard.security.permissions import READ_ONLY, permission_of
from dashboard.security.roles import Principal, Role
from dashboard.thread_pools import Purpose, caller_context
from utils.audit import AuditEntry, AuditOutcome
from utils.redaction import Redactor

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BAD_REQUEST, _SERVER_FAILS = 400, 500
_NO_COMMAND = ErrorResponse(problem="This is not a command.")
_MAX_BODY_LENGTH = 4_000
_MAX_DETAILS_LENGTH = 500
_MAX_PATH_LENGTH = 200


class AuthorizationMiddleware:
    """Checks the caller's role against the route's permission, and records commands.

    An unsafe request (not GET, HEAD or OPTIONS) whose route declares no permission is refused.
    A read is cancelled when its client disconnects; commands and the login run in threads that
    reads cannot occupy.
    """

    def __init__(self, app: ASGIApp, routes: list[BaseRoute], audit_log: AuditLog) -> None:
        self._app = app
        self._reads = CancelOnDisconnect(app)
        self._routes = routes
        self._audit_log = audit_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] in SAFE_METHODS:
            await self._read(scope, receive, send)
            return
        permission, principal = permission_of(self._routes, scope), _principal(scope)
        if permission is None:
            await self._refuse(_NO_COMMAND, scope, receive, send)
        elif permission.role is not None and not _is_allowed(principal, permission.role):
            await self._refuse(_forbidden(principal, permission.role), scope, receive, send)
        elif permission == READ_ONLY:
            await self._read(scope, receive, send)
        else:
            answer = self._record if permission.recorded else self._app
            with caller_context(_name(principal), Purpose.COMMAND):
                await answer(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        with caller_context(_name(_principal(scope)), Purpose.READ):
            await self._reads(scope, receive, send)

    async def _refuse(
        self, problem: ErrorResponse, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await problem_response(problem, FORBIDDEN)(scope, receive, send)
        # Anonymous clients reach public paths only. Their requests are unlimited and no commands.
        if _principal(scope) is not None:
            await self._audit_log.add(_entry(scope, b"", FORBIDDEN, problem.problem))

    async def _record(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, response = _RequestRecorder(receive), _ResponseRecorder(send, lambda: note())

        def note() -> None:
            self._audit_log.note(_entry(scope, request.body, response.status, response.problem))

        try:
            await self._app(scope, request.receive, response.send)
        finally:
            if not response.is_complete:
                note()
            await self._audit_log.flush()


class _RequestRecorder:
    """Records the body of a request, up to a length."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.body = b""

    async def receive(self) -> Message:
        message = await self._receive()
        if len(self.body) <= _MAX_BODY_LENGTH:
            self.body += message.get("body", b"")[: _MAX_BODY_LENGTH + 1]
        return message


class _ResponseRecorder:
    """Records a response: the status, and the sentence of its error.

    `before_end` is called before the end of the response is sent: no command that got a response
    is missing in the journal.
    """

    def __init__(self, send: Send, before_end: Callable[[], None]) -> None:
        self._send = send
        self._before_end = before_end
        self.status = _SERVER_FAILS
        self.problem = ""
        self.is_complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif self.status >= _BAD_REQUEST:
            self.problem = _problem(message.get("body", b"")) or self.problem
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.is_complete = True
            self._before_end()
        await self._send(message)


def _principal(scope: Scope) -> Principal | None:
    principal: Principal | None = scope["user"]
    return principal


def _name(principal: Principal | None) -> str:
    return principal.name if principal else ""


def _is_allowed(principal: Principal | None, needed: Role) -> bool:
    return principal is not None and principal.role.allows(needed)


def _forbidden(principal: Principal | None, needed: Role) -> ErrorResponse:
    role = principal.role.value if principal else "stranger"
    return ErrorResponse(
        problem=f"This requires the role {needed.value}; yours is {role}.",
        remedy="An admin can change it.",
    )


def _entry(scope: Scope, body: bytes, status: int, problem: str) -> AuditEntry:
    principal = _principal(scope)
    return AuditEntry(
        at=datetime.now(UTC),
        username=_name(principal),
        role=principal.role.value if principal else "",
        address=client_address(scope),
        action=_printable(scope["path"])[:_MAX_PATH_LENGTH],
        details=_details(body),
        outcome=_outcome(status),
        note=_printable(problem)[:_MAX_DETAILS_LENGTH],
    )


def _outcome(status: int) -> AuditOutcome:
    if status < _BAD_REQUEST:
        return AuditOutcome.DONE
    return AuditOutcome.FAILED if status >= _SERVER_FAILS else AuditOutcome.REFUSED


def _details(body: bytes) -> str:
    """Return the body of a command, shortened and without secrets."""
    if len(body) > _MAX_BODY_LENGTH:
        return "(long)"
    try:
        redacted = Redactor().value(json.loads(body))
        text = json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        return ""
    except RecursionError:
        return "(nested too deep)"
    return _printable(text)[:_MAX_DETAILS_LENGTH]


def _problem(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    return str(answer.get("problem", "")) if isinstance(answer, dict) else ""


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
