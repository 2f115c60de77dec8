"""Behind the guard: nothing changes anything but a declared command, by a role that may."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.disconnects import CancelOnDisconnect
from dashboard.security.client_address import client_address
from dashboard.security.needs import QUESTION, need_of
from dashboard.security.roles import Person, Role
from dashboard.security.trail import AuditTrail
from dashboard.slots import Purpose, working_for
from utils.audit import AuditEntry, Outcome
from utils.codec import encode
from utils.redaction import Redactor

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORBIDDEN = 403
_BAD_REQUEST, _SERVER_FAILS = 400, 500
_LONGEST_BODY = 4_000
_LONGEST_DETAILS = 500
_LONGEST_PATH = 200


class CommandDoor:
    """Checks the role of whoever calls, by what the route is marked with, and records commands.

    A request that is not safe (not GET, HEAD or OPTIONS) and whose route is not marked is refused.
    What only reads is cancelled when its client disconnects; commands and the login work in threads
    that reads cannot take.
    """

    def __init__(self, app: ASGIApp, routes: list[BaseRoute], trail: AuditTrail) -> None:
        self._app = app
        self._reads = CancelOnDisconnect(app)
        self._routes = routes
        self._trail = trail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] in SAFE_METHODS:
            await self._read(scope, receive, send)
            return
        need, person = need_of(self._routes, scope), _person(scope)
        if need is None:
            await self._refuse("This is no command.", scope, receive, send)
        elif need.role is not None and not _may(person, need.role):
            await self._refuse(_sentence(person, need.role), scope, receive, send)
        elif need == QUESTION:
            await self._read(scope, receive, send)
        else:
            answer = self._record if need.recorded else self._app
            with working_for(_name(person), Purpose.COMMAND):
                await answer(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        with working_for(_name(_person(scope)), Purpose.READ):
            await self._reads(scope, receive, send)

    async def _refuse(self, problem: str, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Response(encode({"problem": problem}), FORBIDDEN, media_type="application/json")
        await answer(scope, receive, send)
        # Strangers reach the public paths only. What they send there is unlimited and no command.
        if _person(scope) is not None:
            await self._trail.add(_entry(scope, b"", FORBIDDEN, problem))

    async def _record(self, scope: Scope, receive: Receive, send: Send) -> None:
        heard, said = _Ear(receive), _Mouth(send, lambda: note())

        def note() -> None:
            self._trail.note(_entry(scope, heard.body, said.status, said.problem))

        try:
            await self._app(scope, heard.receive, said.send)
        finally:
            if not said.ended:
                note()
            await self._trail.flush()


class _Ear:
    """Listens to what is received, up to a length."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.body = b""

    async def receive(self) -> Message:
        message = await self._receive()
        if len(self.body) <= _LONGEST_BODY:
            self.body += message.get("body", b"")[: _LONGEST_BODY + 1]
        return message


class _Mouth:
    """Listens to what is answered: the status, and the sentence that says what is wrong.

    `before_end` is called before the end of the answer is sent: no command that was answered is
    missing in the journal.
    """

    def __init__(self, send: Send, before_end: Callable[[], None]) -> None:
        self._send = send
        self._before_end = before_end
        self.status = _SERVER_FAILS
        self.problem = ""
        self.ended = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif self.status >= _BAD_REQUEST:
            self.problem = _problem(message.get("body", b"")) or self.problem
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.ended = True
            self._before_end()
        await self._send(message)


def _person(scope: Scope) -> Person | None:
    person: Person | None = scope["user"]
    return person


def _name(person: Person | None) -> str:
    return person.name if person else ""


def _may(person: Person | None, needed: Role) -> bool:
    return person is not None and person.role.allows(needed)


def _sentence(person: Person | None, needed: Role) -> str:
    role = person.role.value if person else "stranger"
    return f"This needs the role {needed.value}; you are {role}. An admin can change it."


def _entry(scope: Scope, body: bytes, status: int, problem: str) -> AuditEntry:
    person = _person(scope)
    return AuditEntry(
        at=datetime.now(UTC),
        who=_name(person),
        role=person.role.value if person else "",
        address=client_address(scope),
        what=_printable(scope["path"])[:_LONGEST_PATH],
        details=_details(body),
        outcome=_outcome(status),
        note=_printable(problem)[:_LONGEST_DETAILS],
    )


def _outcome(status: int) -> Outcome:
    if status < _BAD_REQUEST:
        return Outcome.DONE
    return Outcome.FAILED if status >= _SERVER_FAILS else Outcome.REFUSED


def _details(body: bytes) -> str:
    """Return what was said with a command, in short and without secrets."""
    if len(body) > _LONGEST_BODY:
        return "(long)"
    try:
        said = Redactor().value(json.loads(body))
        told = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        return ""
    except RecursionError:
        return "(nested too deep)"
    return _printable(told)[:_LONGEST_DETAILS]


def _problem(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    return str(answer.get("problem", "")) if isinstance(answer, dict) else ""


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
