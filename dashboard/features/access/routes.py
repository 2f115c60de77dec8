"""The routes of the current user, the open sessions and the audit list."""

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.rest.request_values import Body, Line, read_body
from dashboard.rest.responses import handle_errors, json_response
from dashboard.security.audit_log import AuditLog
from dashboard.security.authenticator import Authenticator
from dashboard.security.permissions import requires_role
from dashboard.security.roles import Role
from data.errors import InvalidValue
from utils.audit import AuditKind
from utils.bounds import shortened
from utils.errors import NotFound

ENTRIES_SHOWN = 200


class Revocation(Body, frozen=True, kw_only=True):
    """End a session."""

    session: Line


def add_access_routes(server: FastAPI, authenticator: Authenticator, audit_log: AuditLog) -> None:
    """Serve `/access`. Only admins see the sessions and commands of others."""

    async def me(request: Request) -> Response:
        principal = request.user
        payload = {
            "name": principal.name,
            "role": principal.role,
            "locked": authenticator.is_locked,
        }
        return json_response(payload)

    async def sessions(request: Request) -> Response:
        current = authenticator.session(request.headers)
        found = [each for each in authenticator.sessions.all() if _concerns(request, each.name)]
        listed = [msgspec.structs.asdict(session) for session in found]
        return json_response({"sessions": listed, "current": current.id if current else ""})

    # All users may end their own sessions; see _concerns.
    @requires_role(Role.VIEWER)
    async def revoke(request: Request) -> Response:
        sought = (await read_body(request, Revocation)).session
        found = [each for each in authenticator.sessions.all() if _concerns(request, each.name)]
        if sought not in {session.id for session in found}:
            raise NotFound(f"session {shortened(sought)} does not exist; it may have ended")
        authenticator.sessions.end(sought)
        return await sessions(request)

    async def audit(request: Request) -> Response:
        text = request.query_params.get("kind")
        kind = _audit_kind(text) if text else None
        found = await audit_log.latest(ENTRIES_SHOWN, kind, _visible_user(request))
        return json_response([msgspec.structs.asdict(entry) for entry in found])

    async def refusals(request: Request) -> Response:
        found = await audit_log.refusals(ENTRIES_SHOWN, _visible_user(request))
        return json_response(
            [
                {
                    **msgspec.structs.asdict(each.newest),
                    "count": each.count,
                    "first_at": each.first_at,
                }
                for each in found
            ]
        )

    server.add_route("/access/me", handle_errors(me), methods=["GET"])
    server.add_route("/access/sessions", handle_errors(sessions), methods=["GET"])
    server.add_route("/access/sessions/revoke", handle_errors(revoke), methods=["POST"])
    server.add_route("/access/audit", handle_errors(audit), methods=["GET"])
    server.add_route("/access/refusals", handle_errors(refusals), methods=["GET"])


def _audit_kind(text: str) -> AuditKind:
    try:
        return AuditKind(text)
    except ValueError as error:
        kinds = ", ".join(AuditKind)
        raise InvalidValue(f"kind must be one of {kinds}, is {text[:40]!r}") from error


def _visible_user(request: Request) -> str | None:
    """Return the user whose entries the caller may see; None: those of all users."""
    return None if request.user.role.allows(Role.ADMIN) else request.user.name


def _concerns(request: Request, name: str) -> bool:
    """Return whether the caller may see what belongs to this user name."""
    return bool(request.user.role.allows(Role.ADMIN)) or name == request.user.name
